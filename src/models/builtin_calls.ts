/** The builtins and methods that literal lists of parameters are written with. Everything else comes to a reason. */
import type { Outcome } from "./arithmetic.ts";
import { asNumber, asText, type Evaluated, type EvaluatedKeyword, itemsOf, oneOfEachKey } from "./evaluated.ts";
import { pathText } from "./path_text.ts";

const MOST_ITEMS = 10_000;

export function callBuiltin(name: string, args: readonly Evaluated[], keywords: readonly EvaluatedKeyword[]): Outcome {
  const unknown = [...args, ...keywords.map(({ value }) => value)].find((one) => one.kind === "unresolved");
  if (unknown?.kind === "unresolved") return { kind: "failed", why: unknown.why };
  if (name === "dict") return dict(args, keywords);
  if (keywords.length > 0 && name !== "enumerate" && name !== "zip") return failed(name);
  const [first, second] = args;
  switch (name) {
    case "list":
    case "tuple":
    case "set": {
      const items = first === undefined ? [] : itemsOf(first);
      return items === null ? failed(name) : { kind: "sequence", of: name, items };
    }
    case "range":
      return range(args);
    case "enumerate": {
      const items = first === undefined ? null : itemsOf(first);
      const given = second ?? keywords.find((one) => one.name === "start")?.value;
      const start = given === undefined ? 0 : asNumber(given);
      if (items === null || start === null) return failed(name);
      return pairs(items.map((item, index) => [{ ...item, kind: "integer", value: start + index } as Evaluated, item]), args[0]!);
    }
    case "zip": {
      const lists = args.map(itemsOf);
      if (lists.length === 0 || lists.some((list) => list === null)) return failed(name);
      const length = Math.min(...lists.map((list) => list!.length));
      return pairs(Array.from({ length }, (_, index) => lists.map((list) => list![index]!)), args[0]!);
    }
    case "reversed": {
      const items = first === undefined ? null : itemsOf(first);
      return items === null ? failed(name) : { kind: "sequence", of: "list", items: [...items].reverse() };
    }
    case "len": {
      const items = first === undefined ? null : itemsOf(first);
      return items === null ? failed(name) : { kind: "integer", value: items.length };
    }
    case "float":
      return float(first);
    case "int": {
      const number = first === undefined ? null : asNumber(first);
      if (number !== null && Number.isFinite(number)) return { kind: "integer", value: Math.trunc(number) + 0 };
      return first?.kind === "text" && /^\s*[-+]?\d+\s*$/.test(first.text) ? { kind: "integer", value: Number(first.text) } : failed(name);
    }
    case "bool":
      return first?.kind === "boolean" ? first : failed(name);
    case "str": {
      const text = first === undefined ? "" : asText(first) ?? (first.kind === "made" ? pathText(first) : null);
      return text === null ? failed(name) : { kind: "text", text };
    }
    case "abs": {
      const number = first === undefined ? null : asNumber(first);
      return number === null ? failed(name) : { kind: first!.kind === "float" ? "float" : "integer", value: Math.abs(number) };
    }
    case "min":
    case "max": {
      const values = args.length === 1 ? itemsOf(first!) : args;
      const numbers = (values ?? []).map(asNumber);
      if (numbers.length === 0 || numbers.some((one) => one === null || Number.isNaN(one))) return failed(name);
      const best = name === "min" ? Math.min(...numbers as number[]) : Math.max(...numbers as number[]);
      return values![numbers.indexOf(best)]!;
    }
    default:
      return failed(name);
  }
}

/** A method of a literal: `.items()`, `.upper()`. */
export function methodOf(of: Evaluated, name: string, args: readonly Evaluated[]): Outcome {
  if (of.kind === "mapping" && args.length === 0) {
    if (name === "items") return pairs(of.entries, of);
    if (name === "keys") return { kind: "sequence", of: "list", items: of.entries.map(([key]) => key) };
    if (name === "values") return { kind: "sequence", of: "list", items: of.entries.map(([, value]) => value) };
    if (name === "copy") return of;
  }
  if (of.kind === "text" && args.length === 0 && /^[ -~]*$/.test(of.text)) {
    if (name === "upper") return { kind: "text", text: of.text.toUpperCase() };
    if (name === "lower") return { kind: "text", text: of.text.toLowerCase() };
    if (name === "strip") return { kind: "text", text: of.text.trim() };
    if (name === "split") return texts(of.text.trim() === "" ? [] : of.text.trim().split(/\s+/), of);
  }
  if (of.kind === "text" && name === "join" && args.length === 1) {
    const items = itemsOf(args[0]!);
    if (items?.every((item) => item.kind === "text")) return { kind: "text", text: items.map((item) => asText(item)).join(of.text) };
  }
  if (of.kind === "sequence" && name === "copy" && args.length === 0) return of;
  return failed(`.${name}`);
}

function dict(args: readonly Evaluated[], keywords: readonly EvaluatedKeyword[]): Outcome {
  if (args.length > 1 || keywords.some(({ name }) => name === null)) return failed("dict");
  const first = args[0];
  const entries: (readonly [Evaluated, Evaluated])[] = [];
  if (first?.kind === "mapping") entries.push(...first.entries);
  else if (first !== undefined) {
    const items = itemsOf(first);
    if (items === null) return failed("dict");
    for (const item of items) {
      const pair = itemsOf(item);
      if (pair?.length !== 2) return failed("dict");
      entries.push([pair[0]!, pair[1]!]);
    }
  }
  for (const { name, value } of keywords) entries.push([{ kind: "text", text: name!, at: value.at, file: value.file }, value]);
  return { kind: "mapping", entries: oneOfEachKey(entries) };
}

function range(args: readonly Evaluated[]): Outcome {
  const numbers = args.map((one) => one.kind === "integer" ? one.value : null);
  if (numbers.length === 0 || numbers.length > 3 || numbers.includes(null)) return failed("range");
  const [start, stop, step] = numbers.length === 1 ? [0, numbers[0]!, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) return failed("range");
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > MOST_ITEMS) return { kind: "failed", why: "it has too many items" };
  const { at, file } = args[0]!;
  const items = Array.from({ length }, (_, index): Evaluated => ({ kind: "integer", value: start + index * step, at, file }));
  return { kind: "sequence", of: "list", items };
}

function float(value: Evaluated | undefined): Outcome {
  if (value === undefined) return { kind: "float", value: 0 };
  const number = asNumber(value);
  if (number !== null) return { kind: "float", value: number };
  if (value.kind !== "text") return failed("float");
  const text = value.text.trim().toLowerCase();
  const named = /^([-+]?)(inf|infinity|nan)$/.exec(text);
  if (named !== null) return { kind: "float", value: named[2] === "nan" ? NaN : named[1] === "-" ? -Infinity : Infinity };
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/.test(text) ? { kind: "float", value: Number(text) } : failed("float");
}

function pairs(rows: readonly (readonly Evaluated[])[], near: Evaluated): Outcome {
  const { at, file } = near;
  return { kind: "sequence", of: "list", items: rows.map((items): Evaluated => ({ kind: "sequence", of: "tuple", items, at, file })) };
}

function texts(all: readonly string[], near: Evaluated): Outcome {
  const { at, file } = near;
  return { kind: "sequence", of: "list", items: all.map((text): Evaluated => ({ kind: "text", text, at, file })) };
}

function failed(name: string): Outcome {
  return { kind: "failed", why: `${name}(…) cannot be read without running it` };
}
