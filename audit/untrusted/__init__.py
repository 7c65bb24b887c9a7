"""Files of others, read so that nothing in them runs, grows without bound, or reaches outside its folder.

    size     bytes within a limit, and UTF-8 text            trees    JSON and YAML, without aliases, tags and doubled keys
    markup   XML without a document type and entities        archive  a zip whose members stay inside and stay small
"""

from audit.untrusted.archive import Archive, open_zip
from audit.untrusted.markup import Markup, xml_of
from audit.untrusted.size import bytes_of, text_of
from audit.untrusted.trees import Lines, json_of, key_twice, yaml_of

__all__ = ["Archive", "Lines", "Markup", "bytes_of", "json_of", "key_twice", "open_zip", "text_of", "xml_of", "yaml_of"]
