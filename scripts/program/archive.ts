/**
 * The pieces of a bundle as a few plain scripts, since only of a script can V8's code be kept inside the program (docs/decisions/0005). A
 * piece becomes a function that gives what the piece exports; it is called when something first imports it, as with modules.
 */

/** A piece as the bundler wrote it, taken apart. */
export interface Piece {
  /** Its file, below the bundle's folder: `chunk-2ONYUXCI.js`, `cli/run.js`. */
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

const IMPORT = /(?<=^|[;}\n])import *(?:(?:\*as ([\w$]+)|([\w$]+)|\{([^{}]*)\}) *from *)?"(\.{1,2}\/[^"]+|node:[a-z/_]+)";?/g;
const EXPORT = /(?<=^|[;}\n])export\{([^{}]*)\};?/g;
const LATER_IMPORT = /\bimport\("(\.{1,2}\/[^"]+)"\)/g;
/** How the bundler lets old packages ask for Node's own modules. */
const REQUIRE = /import\{createRequire as (\w+)\} from "node:module";var ([\w$]+)=\1\(import\.meta\.url\);/;

/**
 * `late`: pieces that run when something of theirs is first called, not when it is imported. They export functions only.
 * @throws Error where the bundler writes something that is not known here; what is left over by mistake is no valid script
 */
export function pieceOf(name: string, text: string, late: ReadonlySet<string> = new Set()): Piece {
  const needs: string[] = [];
  const exported: string[] = [];
  const body = text
    .replace(REQUIRE, (_, _from, require) => `var ${require}=${BUILT_IN};`)
    .replace(IMPORT, (_, all: string | undefined, standard: string | undefined, names: string | undefined, from: string) => {
      const isBuiltIn = from.startsWith("node:");
      const other = isBuiltIn ? from : seenFrom(name, from);
      const value = isBuiltIn ? `${BUILT_IN}("${from}")` : `${TAKE}(@${other}@)`;
      if (late.has(other)) {
        if (all !== undefined || standard !== undefined) throw new Error(`${name} imports more of ${other} than functions by their names`);
        return names === undefined
          ? ""
          : pairs(names).map(([known, own]) => `const ${own}=(...given)=>${value}.${known}(...given);`).join("");
      }
      if (!isBuiltIn && !needs.includes(other)) needs.push(other);
      if (names !== undefined) return `const{${pairs(names).map((pair) => pair.join(":")).join()}}=${value};`;
      if (all !== undefined || standard !== undefined && isBuiltIn) return `const ${all ?? standard}=${value};`;
      return standard === undefined ? `${value};` : `const{default:${standard}}=${value};`;
    })
    .replace(EXPORT, (_, names: string) => {
      exported.push(...pairs(names).map(([own, known]) => `${known}:${own}`));
      return "";
    })
    .replace(LATER_IMPORT, (_, from: string) => `${LATER}(@${seenFrom(name, from)}@)`);
  return { name, needs, body: `${body}\nreturn{${exported.join()}}` };
}

/**
 * The piece that an entry of the bundle only passes on: the bundler puts into a piece of its own what others import too.
 * @throws Error when it is more than that
 */
export function behind(name: string, text: string): string {
  const from = [...text.matchAll(IMPORT)].filter(([, , , names]) => names !== undefined).map(([, , , , other]) => seenFrom(name, other!));
  const rest = text.replace(IMPORT, "").replace(EXPORT, "").trim();
  if (from.length !== 1 || rest !== "") {
    throw new Error(`${name} is more than a door to one piece: nobody else imports it, or only a part of it`);
  }
  return from[0]!;
}

function seenFrom(name: string, from: string): string {
  return new URL(from, `file:///${name}`).pathname.slice(1);
}

/** What stands before and after each "as" of a list; twice the same where there is none. */
function pairs(names: string): readonly (readonly [string, string])[] {
  return names.split(",").map((one) => one.trim()).filter((one) => one !== "").map((one) => {
    const [before, after] = one.split(" as ") as [string, string | undefined];
    return [before, after ?? before];
  });
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
    `function(){${body.replace(/@([\w./-]+\.js)@/g, (_, name: string) => String(places.get(name)))}}`
  );
  return `(function(${[TAKE, LATER, BUILT_IN, ...TIMERS].join()}){"use strict";return[\n${functions.join(",\n")}\n]})`;
}
