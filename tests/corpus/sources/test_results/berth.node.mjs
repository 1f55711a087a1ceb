// Runs under `node --test`; the second test of the berth fails.
import { test, describe, it } from "node:test";
import assert from "node:assert";
import { fits, bell } from "./berth.js";

describe("a berth", () => {
  it("takes a shorter ship", () => assert.ok(fits(60, 40)));
  it("takes a ship of its length", () => assert.ok(fits(60, 60)));
  it("takes no longer ship", { skip: true }, () => {});
});
test("the bell names the ship", () => assert.equal(bell("Alma"), "Alma has arrived"));
test("the bell rings twice", { todo: true }, () => {});
