/**
 * The pieces of a bundle as a few plain scripts, since only of a script can V8's code be kept inside the program (docs/decisions/0005). A
 * piece becomes a function that gives what the piece exports; it is called when something first imports it, as with modules.
 */

/** A piece as the bundler wrote it, taken apart. */
export interface Piece {
  /** Its file's name: `chunk-2ONYUXCI.js`. */
  readonly name: string;
  /** Pieces that have to be there before it, in order. */
  readonly needs: readonly string[];
  /** The body of a function that gives the exports; other pieces stand in it as `@name@`. */
  readonly body: string;
}

/** Names that stand in every archive; the bundler's short names never hide them. */
const TAKE = "mopsTake";
const LATER = "mopsLater";
const BUILT_IN = "mopsBuiltIn";

/** What a script would get as Node's, and a module gets as the web's: a number that `Deno.unrefTimer` takes, not an object. */
export const TIMERS = ["setTimeout", "clearTimeout", "setInterval", "clearInterval"];

const IMPORT = /(?<=^|[;}\n])import *(?:(?:\*as ([\w$]+)|([\w$]+)|\{([^{}]*)\}) *from *)?"(\.\/[^"]+|node:[a-z/_]+)";?/g;
const EXPORT = /(?<=^|[;}\n])export\{([^{}]*)\};?/g;
const LATER_IMPORT = /\bimport\("\.\/([^"]+)"\)/g;
/** How the bundler lets old packages ask for Node's own modules. */
const REQUIRE = /import\{createRequire as (\w+)\} from "node:module";var ([\w$]+)=\1\(import\.meta\.url\);/;

/** @throws Error where the bundler writes something that is not known here; what is left over by mistake is no valid script */
export function pieceOf(name: string, text: string): Piece {
  const needs: string[] = [];
  const exported: string[] = [];
  const body = text
    .replace(REQUIRE, (_, _from, require) => `var ${require}=${BUILT_IN};`)
    .replace(IMPORT, (_, all: string | undefined, standard: string | undefined, names: string | undefined, from: string) => {
      const isBuiltIn = from.startsWith("node:");
      const other = from.slice(2);
      if (!isBuiltIn && !needs.includes(other)) needs.push(other);
      const value = isBuiltIn ? `${BUILT_IN}("${from}")` : `${TAKE}(@${other}@)`;
      if (names !== undefined) return `const{${bindings(names, ":")}}=${value};`;
      if (all !== undefined || standard !== undefined && isBuiltIn) return `const ${all ?? standard}=${value};`;
      return standard === undefined ? `${value};` : `const{default:${standard}}=${value};`;
    })
    .replace(EXPORT, (_, names: string) => {
      exported.push(...names.split(",").filter((one) => one !== ""));
      return "";
    })
    .replace(LATER_IMPORT, (_, other: string) => `${LATER}(@${other}@)`);
  const given = exported.map((one) => one.split(" as ")).map(([own, known]) => `${known ?? own}:${own}`);
  return { name, needs, body: `${body.replace(/^\/\/# sourceMappingURL.*$/m, "")}\nreturn{${given.join()}}` };
}

function bindings(names: string, between: string): string {
  return names.split(",").map((one) => one.trim().replace(" as ", between)).join();
}

/** Every piece after all that it needs. @throws Error for a circle: one of its pieces would be asked for what it does not have yet */
export function inOrder(pieces: readonly Piece[]): readonly Piece[] {
  const byName = new Map(pieces.map((piece) => [piece.name, piece]));
  const done = new Map<string, "begun" | "there">();
  const ordered: Piece[] = [];
  const visit = (name: string, from: string): void => {
    const piece = byName.get(name);
    if (piece === undefined) throw new Error(`${from} imports ${name}, which the bundle does not hold`);
    if (done.get(name) === "there") return;
    if (done.get(name) === "begun") throw new Error(`${from} and ${name} import each other: as scripts they cannot`);
    done.set(name, "begun");
    for (const other of piece.needs) visit(other, name);
    done.set(name, "there");
    ordered.push(piece);
  };
  for (const { name } of pieces) visit(name, "the bundle");
  return ordered;
}

/** Where each piece lies: the number of its archive, and its number in there. */
export type Places = ReadonlyMap<string, readonly [archive: number, index: number]>;

export function placesOf(archives: readonly (readonly Piece[])[]): Places {
  return new Map(archives.flatMap((pieces, archive) => pieces.map(({ name }, index) => [name, [archive, index] as const])));
}

/** A script whose value is a function: called with what its parameters say, it gives one function for each piece. */
export function archiveText(pieces: readonly Piece[], places: Places): string {
  const functions = pieces.map(({ body }) =>
    `function(){${body.replace(/@([\w.-]+\.js)@/g, (_, name: string) => String(places.get(name)))}}`
  );
  return `(function(${[TAKE, LATER, BUILT_IN, ...TIMERS].join()}){"use strict";return[\n${functions.join(",\n")}\n]})`;
}
