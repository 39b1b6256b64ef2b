/** The WWW-Authenticate header (RFC 9110, 11.6.1): one header may hold several challenges, and their parameters hold commas. Pure. */

export interface Challenge {
  /** Lower case: "basic", "bearer", "negotiate". */
  readonly scheme: string;
  /** Names in lower case, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** What cannot be read is passed over; never throws. */
export function parseChallenges(header: string | null): readonly Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = header ?? "";
  while (rest !== "") {
    const parameter = /^[\s,]*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/.exec(rest);
    const scheme = /^[\s,]*([A-Za-z][\w!#$%&'*+.^`|~-]*)(?=\s|,|$)(?!\s*=)/.exec(rest);
    if (scheme !== null) {
      challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters: new Map() });
      rest = rest.slice(scheme[0].length);
    } else if (parameter !== null) {
      const value = parameter[2]?.replace(/\\(.)/g, "$1") ?? parameter[3] ?? "";
      challenges.at(-1)?.parameters.set(parameter[1]!.toLowerCase(), value);
      rest = rest.slice(parameter[0].length);
    } else rest = rest.slice(1);
  }
  return challenges;
}

/** Several scopes may stand in one challenge, separated by spaces, in any order. */
export function scopesIn(challenge: Challenge): readonly string[] {
  return (challenge.parameters.get("scope") ?? "").split(/\s+/).filter(Boolean);
}
