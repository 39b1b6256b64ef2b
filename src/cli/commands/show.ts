import { readVerified } from "../../base/bytes.ts";
import { Failure, isFailure } from "../../base/failure.ts";
import { parseReference } from "../../bundle/reference.ts";
import { command } from "../command.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

const MAX_JSON_BYTES = 16 * 1024 * 1024;

export default command({
  summary: "print one file of a bundle",
  details: "Prints the file's bytes as they are. With --json the content is in the document, as base64.",
  examples: ["mops bundle show v1.0.0:models/seir.py", "mops bundle show ghcr.io/lab/seir:v1:data/pop.csv > pop.csv"],
  define: (c) =>
    c.argument("<ref:path>", "a reference, a colon, and a path in the bundle")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, [text]) {
    const { reference, path } = split(text);
    const { show } = await import("../../flows/diff.ts");
    const target = await session.target(reference);
    const file = await show(await session.world(), { ...target, project: null }, path);
    if (!session.json) {
      session.stopProgress();
      for await (const piece of file.bytes) session.console.outBytes(piece);
      return;
    }
    if (file.content.size > MAX_JSON_BYTES) {
      throw new Failure("usage", `${path} has ${file.content.size} bytes, too many for a JSON document`, {
        hint: `mops bundle show ${text}`,
      });
    }
    const bytes = await readVerified(file.bytes, file.content, path);
    session.report("show", { digest: file.digest, path: file.path, file: file.content, base64: bytes.toBase64() }, () => "");
  },
});

/** The path begins after the last colon that leaves a reference before it: a file's name may hold a colon, too. */
function split(text: string): { reference: string; path: string } {
  for (let colon = text.lastIndexOf(":"); colon > 0; colon = text.lastIndexOf(":", colon - 1)) {
    const reference = text.slice(0, colon);
    const path = text.slice(colon + 1);
    if (/^(sha256|oci)$/.test(reference) || reference.endsWith("@sha256")) break; // that colon belongs to a digest or a layout
    if (path !== "" && isReference(reference)) return { reference, path };
  }
  throw new Failure("usage", `"${text}" is not REF:PATH`, {
    hint: "mops bundle show v1.0.0:models/seir.py   (a reference, a colon, a path)",
  });
}

function isReference(text: string): boolean {
  try {
    parseReference(text.replace(/^oci:(?!\/)/, "oci:/")); // a layout may be named from where the user stands
    return true;
  } catch (error) {
    if (isFailure(error, "usage")) return false;
    throw error;
  }
}
