import assert from "node:assert/strict";
import { differencesOfLocks, lockedPackages } from "../../src/python/locked_packages.ts";
import { asPath } from "../support/python_project.ts";

const locked = (path: string, text: string) => Object.fromEntries(lockedPackages(asPath(path), text) ?? []);

Deno.test("every kind of lock file gives names and versions", () => {
  const packages = `[[package]]\nname = "Starsim"\nversion = "2.1"\n\n[[package]]\nname = "ruamel_yaml"\nversion = "0.18"\n`;
  for (const path of ["uv.lock", "poetry.lock", "pdm.lock"]) {
    assert.deepEqual(locked(path, `version = 1\n${packages}`), { "ruamel-yaml": "0.18", starsim: "2.1" }, path);
  }
  assert.deepEqual(locked("pylock.toml", `lock-version = "1.0"\n${packages.replaceAll("[[package]]", "[[packages]]")}`), {
    "ruamel-yaml": "0.18",
    starsim: "2.1",
  });
  assert.deepEqual(
    locked(
      "requirements.txt",
      "# pins\nstarsim==2.1 \\\n  --hash=sha256:00\n-r more.txt\n--index-url x\nnumpy>=1.26  # any\nlocal @ file:///x\n-e .\n\nscipy",
    ),
    { local: "file:///x", numpy: ">=1.26", scipy: "", starsim: "2.1" },
  );
});

Deno.test("a package with several versions has all of them, one without has none", () => {
  const text =
    `[[package]]\nname = "a"\nversion = "2"\n[[package]]\nname = "a"\nversion = "1"\n[[package]]\nname = "b"\nsource = {virtual = "."}\n`;
  assert.deepEqual(locked("uv.lock", text), { a: "1, 2", b: "" });
});

Deno.test("what is no lock file gives null, and one without packages nothing", () => {
  assert.equal(lockedPackages(asPath("uv.lock"), "<<<<<<< ours\n"), null);
  assert.deepEqual(locked("uv.lock", "version = 1"), {});
  assert.deepEqual(locked("uv.lock", "package = 3"), {});
});

Deno.test("differences name what moved, came and went", () => {
  const lock = (...pairs: string[]) =>
    pairs.map((pair) => `[[package]]\nname = "${pair.split(" ")[0]}"\nversion = "${pair.split(" ")[1]}"\n`).join("");
  const path = asPath("uv.lock");
  assert.deepEqual(differencesOfLocks(path, lock("starsim 2.1", "a 1"), lock("starsim 2.2", "numpy 2.0")), [
    "a removed",
    "numpy added 2.0",
    "starsim 2.1 → 2.2",
  ]);
  assert.deepEqual(differencesOfLocks(path, lock("a 1"), `# again\n${lock("a 1")}`), []);
  assert.deepEqual(differencesOfLocks(path, lock("a 1"), "<<<"), ["it can no longer be read"]);
  assert.deepEqual(differencesOfLocks(path, "<<<", lock("a 1")), ["it can be read again"]);
  assert.deepEqual(differencesOfLocks(asPath("requirements.txt"), "a\nb", "a==1\nb"), ["a any version → 1"]);
});
