import assert from "node:assert/strict";
import { normalisedName, parseRequirement, pinnedVersion, requirementText } from "../../src/python/requirement.ts";

Deno.test("names are normalised by PEP 503", () => {
  assert.deepEqual(["Scikit_Learn", "ruamel.yaml", "a--b__c..d", "numpy"].map(normalisedName), [
    "scikit-learn",
    "ruamel-yaml",
    "a-b-c-d",
    "numpy",
  ]);
});

Deno.test("requirements are read in every form of PEP 508", () => {
  const read = (text: string) => {
    const found = parseRequirement(text);
    return found === null ? null : [found.name, found.extras.join("+"), found.specifier, found.url, found.marker];
  };
  assert.deepEqual(read("numpy"), ["numpy", "", "", null, null]);
  assert.deepEqual(read("NumPy >= 1.26, <3"), ["numpy", "", "<3,>=1.26", null, null]);
  assert.deepEqual(read("x[B,a] ~= 1.4.2"), ["x", "a+b", "~=1.4.2", null, null]);
  assert.deepEqual(read("x (>=1,<2)"), ["x", "", "<2,>=1", null, null]);
  assert.deepEqual(read("x==1.*; python_version  <  '3.12'"), ["x", "", "==1.*", null, "python_version < '3.12'"]);
  assert.deepEqual(read("x @ git+https://example.org/a;b"), ["x", "", "", "git+https://example.org/a;b", null]);
  assert.deepEqual(read("x[y]@https://example.org/x.whl ; sys_platform == 'linux'"), [
    "x",
    "y",
    "",
    "https://example.org/x.whl",
    "sys_platform == 'linux'",
  ]);
  for (const text of ["", "-r other.txt", "not a requirement", "x ==", "x 1.0", "@ url", "./folder", "x @ "]) {
    assert.equal(read(text), null, text);
  }
});

Deno.test("one meaning has one text, and reading that text gives the same", () => {
  for (const text of ["x [B,a]>=1, <2 ;  os_name=='nt'", "x@https://example.org ; a == 'b'", "Foo_Bar"]) {
    const once = requirementText(parseRequirement(text)!);
    assert.equal(requirementText(parseRequirement(once)!), once);
  }
  assert.equal(requirementText(parseRequirement("X[b,A] >=1, <2 ; m=='n'")!), "x[a,b]<2,>=1; m=='n'");
});

Deno.test("a version is pinned by == without a star, and by ===", () => {
  assert.deepEqual(["==2.1", "===2.1", "==2.*", ">=2", "==1,==2", ""].map(pinnedVersion), ["2.1", "2.1", null, null, null, null]);
});
