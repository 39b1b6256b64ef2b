/** What is never worth tracking, in every project; and the file in which a project says what else (docs/formats.md, "Ignore rules"). */

export const IGNORE_FILE = ".modelopsignore";

/** Patterns of gitignore, without negations. A directory of this list is entered only when a negation names it (`ignore.ts`). */
export const DEFAULT_IGNORES: readonly string[] = [
  // version control, our own state
  ".git/",
  ".modelops-bundle/",
  ".mops-*.tmp",
  // Python: bytecode, packaging, environments
  "__pycache__/",
  "*.pyc",
  "*.pyo",
  "*.pyd",
  ".Python",
  "*.egg-info/",
  "dist/",
  "build/",
  "venv/",
  ".venv/",
  "env/",
  ".env/",
  "ENV/",
  "virtualenv/",
  // JavaScript
  "node_modules/",
  ".npm/",
  ".yarn/",
  // editors
  ".idea/",
  ".vscode/",
  "*.swp",
  "*.swo",
  "*~",
  // desktops
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
  // notebooks, tests, caches of tools
  ".ipynb_checkpoints/",
  ".coverage",
  "htmlcov/",
  ".tox/",
  ".pytest_cache/",
  ".mypy_cache/",
  ".ruff_cache/",
];

/** What `init` writes: rules that a person may want otherwise, secrets first. */
export const IGNORE_TEMPLATE = `# Files that mops leaves alone, one pattern a line, as in .gitignore. The last pattern that matches wins;
# "!pattern" takes a file back in. Tracked files stay tracked whatever stands here.
# Bytecode, virtual environments, caches and editor files are left alone without a line here.

# secrets
.env
.env.*
*.key
*.pem
*.crt

# packaging and tests
*.egg
.hypothesis/
test_output/

# editors
.project
.pydevproject
.settings/

# results of work
*.log
tmp/
temp/

# built documentation
docs/_build/
site/
`;
