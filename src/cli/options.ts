/** Options that several commands share, and how their texts become values. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { Failure } from "../base/failure.ts";

/** Options that every command takes (design §5). */
export interface SharedOptions {
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
  readonly project?: string | undefined;
  readonly env?: string | undefined;
  readonly color: boolean;
}

/** Where the remote is, for one call (D7). */
export interface RemoteOptions {
  readonly registry?: string | undefined;
  readonly remote?: string | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: true | undefined;
}

export const REGISTRY_OPTION = ["--registry <base>", "base of remotes for this call: HOST[:PORT][/PATH] or oci:/DIRECTORY"] as const;
export const REMOTE_OPTION = ["--remote <repository>", "remote for this call: HOST[:PORT]/PATH/NAME or oci:/DIRECTORY"] as const;
export const CA_FILE_OPTION = ["--ca-file <file>", "PEM file with certificates to trust besides the usual ones"] as const;
export const INSECURE_OPTION = ["--insecure", "allow plain HTTP (always allowed on this machine's own addresses)"] as const;

/** @throws InvalidArgumentError, which the parser turns into a usage failure. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError("It should be a whole number.");
  return value;
}

/** For `--label key=value`, given any number of times. @throws Failure("usage") */
export function labelsFrom(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => pair(text, "a label is KEY=VALUE")));
}

/** For `--weight ID=NUMBER`; the last `=` counts, since an id may hold one. @throws Failure("usage") */
export function weightsFrom(texts: readonly string[]): (readonly [id: string, weight: number])[] {
  return texts.map((text) => {
    const end = text.lastIndexOf("=");
    const [id, number] = [text.slice(0, Math.max(end, 0)), text.slice(end + 1).trim()];
    const weight = Number(number);
    if (end > 0 && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number) && Number.isFinite(weight)) return [id, weight];
    throw new Failure("usage", `"${text}" is no weight; nothing was changed`, { hint: "a weight is ID=NUMBER, as in -w incidence=0.5" });
  });
}

function pair(text: string, shape: string): readonly [string, string] {
  const end = text.indexOf("=");
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new Failure("usage", `"${text}" is not what is wanted: ${shape}; nothing was done`, { hint: "as in --label area=city" });
}
