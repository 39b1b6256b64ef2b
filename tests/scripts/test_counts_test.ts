import assert from "node:assert/strict";
import { countsLine, countTests } from "../../scripts/test_counts.ts";

const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="8" failures="3" errors="2" time="0.262">
    <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="2">
        <testcase name="a" classname="./a_test.ts" time="0.003" line="1" col="6">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="left out" classname="./a_test.ts" time="0.000" line="2" col="11">
            <skipped/>
        </testcase>
        <testcase name="2 &gt; 1 &amp; fine" classname="./a_test.ts" time="0.000" line="3" col="6">
        </testcase>
        <testcase name="a &gt; step one" classname="./a_test.ts" time="0.000" line="1" col="38">
        </testcase>
        <testcase name="a &gt; step two" classname="./a_test.ts" time="0.001" line="1" col="65">
            <failure message="Uncaught Error: x">Error: x</failure>
        </testcase>
    </testsuite>
    <testsuite name="./c_test.ts" tests="2" disabled="0" errors="2" failures="0">
        <testcase name="c" classname="./c_test.ts" time="0.000" line="1" col="6">
            <error message="Cancelled"/>
        </testcase>
        <testcase name="d" classname="./c_test.ts" time="0.000" line="2" col="6"/>
    </testsuite>
</testsuites>`;

Deno.test("tests are counted once, whatever number of steps they have", () => {
  const counts = countTests(report);
  assert.equal(countsLine(counts), "2 passed, 2 failed, 1 skipped");
  assert.deepEqual(counts.failedNames, ["./a_test.ts: a", "./c_test.ts: c"]);
  assert.deepEqual(counts.skippedNames, ["./a_test.ts: left out"]);
});

Deno.test("the last line names skipped tests only when there are some", () => {
  assert.equal(countsLine({ passed: 3, failed: 0, skipped: 0 }), "3 passed, 0 failed");
  assert.equal(countsLine(countTests("")), "0 passed, 0 failed");
});
