"""Work samples of your own: a table and a short map become a fixture set.

    layout     the map: which column is what             maps/   maps that ship, for well-known corpora
    table      rows of CSV, XLSX, TSV, JSON Lines, Parquet
    roster     groups from OneRoster, Clever, Ed-Fi or any side file
    rows       rows → probes; what is left out is counted
    importing  the set folder, whole or not at all        notice   what it says of itself
"""

from audit.samples.importing import import_samples
from audit.samples.layout import map_text, shipped_maps
from audit.samples.notice import Imported, told_lines

__all__ = ["Imported", "import_samples", "map_text", "shipped_maps", "told_lines"]
