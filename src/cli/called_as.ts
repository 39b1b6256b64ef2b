/** Texts name commands as `mops bundle …`; whoever calls the program `mops-bundle` or `modelops-bundle` reads that name. */
export function asCalled(text: string, program: string): string {
  return program === "mops" ? text : text.replaceAll("mops bundle ", `${program} `);
}
