/** Options that several commands share, and how their texts become values. */
import { InvalidArgumentError } from "@commander-js/extra-typings";

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
