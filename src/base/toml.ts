/** TOML in, plain values out: the one room that knows the TOML library (TOML 1.0 and 1.1). */
import { parse, TomlDate, TomlError } from "smol-toml";
import { Failure } from "./failure.ts";

export type TomlValue = string | number | boolean | TomlValue[] | TomlTable;
/** Has no prototype's names: `"__proto__"` is a key like every other one, read it with `Object.hasOwn` or `Object.entries`. */
export interface TomlTable {
  [key: string]: TomlValue;
}

/**
 * Dates and times become their text. Integers above 2^53 become texts, too: no reader of ours counts with them.
 * @throws Failure("invalid") with file, line and column.
 */
export function parseToml(text: string, file: string): TomlTable {
  try {
    return plain(parse(text.replace(/^\uFEFF/, ""), { integersAsBigInt: "asNeeded" })) as TomlTable;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { line, column } = error;
    const reason = error.message.split("\n")[0]!.replace(/^Invalid TOML document: /, "");
    throw new Failure("invalid", `${file} is not valid TOML: line ${line}, column ${column}: ${reason}`, {
      facts: { file, line, column, reason },
      cause: error,
    });
  }
}

function plain(value: unknown): TomlValue {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof TomlDate) return value.toISOString();
  if (typeof value === "bigint") return String(value);
  if (typeof value === "object" && value !== null) {
    const table: TomlTable = Object.create(null);
    for (const [key, item] of Object.entries(value)) table[key] = plain(item);
    return table;
  }
  return value as string | number | boolean;
}
