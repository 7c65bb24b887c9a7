"""The site of a vetted list: pages that work without scripts, and files for programs, from the listings; written only where something changed."""
