// Two rules, one of each severity.
module.exports = [
  { files: ["*.js"], rules: { "no-unused-vars": "error", "prefer-template": "warn" } },
];
