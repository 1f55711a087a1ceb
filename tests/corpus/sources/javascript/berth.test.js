// Runs under Jest, Vitest (with globals) and Mocha alike; the second test fails, the third is skipped.
const assert = require("node:assert");
const { fits, bell } = require("./berth.js");

describe("a berth", () => {
  it("takes a shorter ship", () => assert.ok(fits(60, 40)));
  it("takes a ship of its length", () => assert.ok(fits(60, 60)));
  it.skip("takes no longer ship", () => assert.ok(!fits(60, 80)));
});

describe("the bell", () => {
  it("names the ship", () => assert.equal(bell("Alma"), "Alma has arrived"));
});
