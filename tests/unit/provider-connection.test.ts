import { providerClusters } from "../../lib/access/connection";
import { pages, replies } from "../../lib/access/pages";
import { cluster, outsideCluster } from "../../lib/envoy";

const OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
const optionsOf = (one: object) =>
  (one as { typed_extension_protocol_options?: Record<string, object> }).typed_extension_protocol_options?.[OPTIONS];

describe("the way to the identity provider", () => {
  test("has no connection that the other end may be closing", () => {
    const access = { address: "10.0.0.1", port: 9443 };
    const [found] = providerClusters("/files", access, ["https://login.example.com/token"]);
    expect(optionsOf(found as object)).toMatchObject({
      explicit_http_config: { http_protocol_options: {} },
      common_http_protocol_options: { idle_timeout: "4s" },
    });
  });

  test("is the only one of its kind", () => {
    const place = { name: "guard", address: "10.0.0.1", port: 8443 };
    expect(optionsOf(cluster(place))).toBeUndefined();
    expect(optionsOf(cluster({ ...place, http2: true }))).toMatchObject({
      explicit_http_config: { http2_protocol_options: {} },
    });
  });

  test("is looked up again soon after its name was not found", () => {
    expect(JSON.stringify(outsideCluster("identity"))).toContain('"dns_refresh_rate":"5s"');
  });

  test("has pages for when it does not answer, which say what to do", () => {
    const all = replies(pages("help@example.com", "/out"));
    const pageFor = (details: string) => all.find((one) => details.startsWith(one.details))?.page;
    expect(pageFor("Failed to get access token: response code: 503")).toMatch(/Try again<\/a>\. Ask help@example\.com/);
    expect(pageFor("upstream_reset_before_response_started{remote_connection_failure}")).toMatch(/try again/);
    expect(pageFor("no_healthy_upstream")).toMatch(/try again/);
  });
});
