/** Python's operators on constants. What would raise, or is larger than a number here can hold exactly, comes to a reason. */
import { asNumber, asText, type Evaluated, type EvaluatedKind } from "./evaluated.ts";
import { isPath } from "./path_text.ts";

const LONGEST = 10_000; // items and characters: what is longer is no list of parameters

export type Outcome = EvaluatedKind | { readonly kind: "failed"; readonly why: string };

export function unary(operator: string, operand: Evaluated): Outcome {
  const number = asNumber(operand);
  if (number === null) return failed(`${operator} of something that is no number`);
  if (operand.kind === "float") return { kind: "float", value: operator === "-" ? -number : number };
  return integer(operator === "-" ? 0 - number : number);
}

export function binary(operator: string, left: Evaluated, right: Evaluated): Outcome {
  const [a, b] = [asNumber(left), asNumber(right)];
  if (a !== null && b !== null) return onNumbers(operator, a, b, left.kind === "float" || right.kind === "float");
  if (operator === "+") return joined(left, right);
  if (operator === "*" && b !== null && right.kind === "integer") return repeated(left, b);
  if (operator === "*" && a !== null && left.kind === "integer") return repeated(right, a);
  if (operator === "/" && left.kind === "made" && isPath(left.of)) return { ...left, args: [...left.args, right] };
  if (operator === "%" && left.kind === "text") return formatted(left.text, right);
  return failed(`${operator} of these values is not worked out`);
}

function onNumbers(operator: string, a: number, b: number, isFloat: boolean): Outcome {
  switch (operator) {
    case "+":
      return isFloat ? float(a + b) : integer(a + b);
    case "-":
      return isFloat ? float(a - b) : integer(a - b);
    case "*":
      return isFloat ? float(a * b) : integer(a * b);
    case "/":
      return b === 0 ? failed("it divides by zero") : float(a / b);
    case "//":
      if (b === 0) return failed("it divides by zero");
      return isFloat ? float(Math.floor(a / b)) : integer(Math.floor(a / b));
    case "%": {
      if (b === 0) return failed("it divides by zero");
      const rest = a % b;
      const value = rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest; // Python's remainder has the sign of the divisor
      return isFloat ? float(value) : integer(value);
    }
    case "**":
      if (a === 0 && b < 0) return failed("it divides by zero");
      if (a < 0 && !Number.isInteger(b)) return failed("it is a complex number");
      return isFloat || b < 0 ? float(a ** b) : integer(a ** b);
    default:
      return failed(`the operator ${operator} is not worked out`);
  }
}

function integer(value: number): Outcome {
  return Number.isSafeInteger(value) ? { kind: "integer", value: value + 0 } : failed("the number is too large");
}

/** What overflows raises in Python; infinity is only ever written. */
function float(value: number): Outcome {
  return { kind: "float", value };
}

function joined(left: Evaluated, right: Evaluated): Outcome {
  if (left.kind === "text" && right.kind === "text") return { kind: "text", text: left.text + right.text };
  if (left.kind === "sequence" && right.kind === "sequence" && left.of === right.of && left.of !== "generator" && left.of !== "set") {
    const items = [...left.items, ...right.items];
    return items.length > LONGEST ? failed("it is too long") : { kind: "sequence", of: left.of, items };
  }
  return failed("+ of these values is not worked out");
}

function repeated(of: Evaluated, times: number): Outcome {
  if (of.kind === "text") {
    return of.text.length * times > LONGEST ? failed("it is too long") : { kind: "text", text: of.text.repeat(Math.max(0, times)) };
  }
  if (of.kind === "sequence" && (of.of === "list" || of.of === "tuple")) {
    if (of.items.length * times > LONGEST) return failed("it is too long");
    return { kind: "sequence", of: of.of, items: Array.from({ length: Math.max(0, times) }, () => of.items).flat() };
  }
  return failed("* of these values is not worked out");
}

/** `"cov-%s" % level`: plain %s and %d only. */
function formatted(template: string, value: Evaluated): Outcome {
  const values = value.kind === "sequence" && value.of === "tuple" ? [...value.items] : [value];
  let why: string | null = null;
  const text = template.replace(/%(.)?/g, (whole, letter: string | undefined) => {
    if (letter === "%") return "%";
    const next = values.shift();
    const written = next === undefined || letter === "d" && next.kind !== "integer" ? null : asText(next);
    if (letter !== "s" && letter !== "d" || written === null) why = `the format ${whole} is not worked out`;
    return written ?? whole;
  });
  return why !== null || values.length > 0 ? failed(why ?? "the format leaves values over") : { kind: "text", text };
}

function failed(why: string): Outcome {
  return { kind: "failed", why };
}
