from pathlib import Path

import district

TABLE = (Path(district.__file__).parent / 'ages.csv').read_text()
