// The main job through types of openapi-typescript and openapi-fetch: `node main_job.js URL COMMIT`.
import createClient from "openapi-fetch";
import type { components, paths } from "./openapi.js";

const [url, commit] = process.argv.slice(2) as [string, string];
const COMPONENT = "openapi-typescript";
const GATE = "clients";
const headers = { Authorization: `Bearer ${process.env.TIDEGATE_TOKEN}` };
const client = createClient<paths>({ baseUrl: url, headers });
const component = { path: { component: COMPONENT } };
const revision = { component: COMPONENT, revision: commit };

function expect(what: string, found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
  }
}

async function submit(report: string): Promise<components["schemas"]["Verdict"]["state"] | undefined> {
  const { data, error } = await client.POST("/api/v1/components/{component}/revisions/{revision}/evidence", {
    params: { path: revision, query: { slot: "junit.xml" } },
    body: report,
    headers: { "Content-Type": "application/octet-stream" },
    bodySerializer: (body) => body,
  });
  if (error) throw new Error(error.detail);
  return data.verdicts.find((one) => one.environment === COMPONENT)?.verdict.state;
}

const made = await client.PUT("/api/v1/components/{component}", {
  params: component,
  body: { title: "A client", owner: "tests", description: "" },
});
expect("component", [made.response.status, made.data?.version], [201, 1]);

const rule = { id: "tests-pass", title: "Every test passes", that: "tests.failed == 0 && tests.errors == 0" };
const gate = await client.PUT("/api/v1/gates/{gate}", {
  params: { path: { gate: GATE } },
  body: {
    name: GATE,
    title: "What generated clients may ship",
    rules: [{ ...rule, needs: ["tests"], max_age: "24h" }],
  },
});
expect("gate", gate.data?.gate.rules.map((one) => one.id), ["tests-pass"]);

const environment = await client.PUT("/api/v1/environments/{environment}", {
  params: { path: { environment: COMPONENT } },
  body: { rank: 30, gate: GATE, description: "" },
});
expect("environment", environment.data?.gate, GATE);

expect("verdict", await submit('<testsuite tests="1"><testcase name="a"><failure/></testcase></testsuite>'), "fail");
const release = { version: "1.0.0", revision: commit, environment: COMPONENT, notes: "" };
const closed = await client.POST("/api/v1/components/{component}/releases", { params: component, body: release });
expect("a closed gate", [closed.response.status, closed.error?.errors?.[0]?.in], [409, "gate"]);
expect("verdict", await submit('<testsuite tests="1"><testcase name="a"/></testsuite>'), "pass");

const PASSING = '<testsuite tests="1"><testcase name="a"/></testsuite>';
const reports = { "junit.xml": PASSING, "unit/more.xml": PASSING };
const together = await client.POST("/api/v1/components/{component}/revisions/{revision}/submissions", {
  params: { path: revision },
  body: { report: Object.values(reports) },
  bodySerializer: () => {
    const form = new FormData();
    for (const [slot, report] of Object.entries(reports)) form.append("report", new Blob([report]), slot);
    return form;
  },
});
expect("several reports", together.data?.evidence.map((one) => [one.slot, one.repeated]), [
  ["junit.xml", true],
  ["unit/more.xml", false],
]);

const ruling = await client.POST("/api/v1/components/{component}/revisions/{revision}/verdicts", {
  params: { path: revision },
  body: { environment: COMPONENT },
});
expect("judgement", ruling.data?.verdict.state, "pass");
const verdicts = await client.GET("/api/v1/verdicts", { params: { query: { component: COMPONENT, limit: 1 } } });
expect("verdicts", verdicts.data?.items.map((one) => one.id), [ruling.data?.id]);

const shipped = await client.POST("/api/v1/components/{component}/releases", { params: component, body: release });
expect("release", [shipped.response.status, shipped.data?.tag], [201, `${COMPONENT}/v1.0.0`]);
