/** Mounts, as the kernel lists them. */
import assert from "node:assert/strict";
import { mountPointsIn, mountPointsOf } from "../../src/disk/mount_points.ts";

const LIST = `22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
35 22 0:31 / /home/ana/p/data rw - tmpfs tmpfs rw
36 22 254:0 /x /home/ana/p/a\\040b\\134c rw - ext4 /dev/root rw
37 22 254:0 /y /home/ana/p2 rw - ext4 /dev/root rw
38 22 254:0 /z /home/ana/p rw - ext4 /dev/root rw
`;

Deno.test("mounts inside a folder are told by their paths in it, and no others", () => {
  assert.deepEqual([...mountPointsOf(LIST, "/home/ana/p")], ["data", "a b\\c"]);
  assert.deepEqual([...mountPointsOf("", "/home")], []);
});

Deno.test("the mounts of this system are read", { ignore: Deno.build.os !== "linux" }, () => {
  const folder = Deno.makeTempDirSync();
  assert.deepEqual([...mountPointsIn(folder)], []);
  Deno.removeSync(folder);
});
