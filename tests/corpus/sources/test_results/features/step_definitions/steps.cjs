const { Given, When, Then } = require("@cucumber/cucumber");
const { fits } = require("../../berth.js");

Given("a berth of {int} metres", function (length) { this.berth = length; });
When("a ship of {int} metres comes", function (length) { this.ship = length; });
Then("it fits", function () { if (!fits(this.berth, this.ship)) throw new Error("it does not fit"); });
Given("a step that skips", () => "skipped");
