#!/bin/sh
# Installs what the tests drive and pip cannot bring: a browser, a spreadsheet program, a database server (Debian, Ubuntu).
# The server is started by the tests themselves, in a temporary folder.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v soffice >/dev/null 2>&1 || missing="$missing libreoffice-calc"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1; then
  run=""
  [ "$(id -u)" -eq 0 ] || run="sudo"
  echo "installing for the tests:$missing"
  $run apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $run apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
  echo "The tests need:$missing. Install them and run make test again." >&2
  exit 1
fi
