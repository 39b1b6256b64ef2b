from pathlib import Path

AGES = ("child", "adult")


def load():
    tables = {}
    for age in AGES:
        tables[age] = open(f"data/{age}.csv").read()
    for name in ["births", "deaths"]:
        tables[name] = (Path("data") / f"{name}.csv").read_text()
    return tables, [open(f"data/{sex}.csv").read() for sex in ("female", "male")]
