import { expect, test } from "bun:test";
import { followLease } from "../../../src/kube/lease-changes.ts";
import { transportTo } from "./harness.ts";
import { PLACE } from "./lease-harness.ts";
import { sendStatus, startServer } from "./scripted-server.ts";

test("followLease() says when the server tells of the Lease, until it is told to stop", async () => {
  const events = Promise.withResolvers<void>();
  await using server = await startServer(async (_seen, res) => {
    res.writeHead(200).write('{"type":"ADDED"}\n');
    await events.promise;
    res.write('{"type":"MODIFIED"}\n');
  });
  using transport = transportTo(server.url);
  const stopping = new AbortController();
  let heard = 0;
  const onChange = () => {
    heard++;
    if (heard === 1) events.resolve();
    if (heard === 2) stopping.abort(new Error("enough"));
  };
  await followLease(transport, PLACE, { onChange, signal: stopping.signal });
  expect(heard).toBe(2);
  const [seen] = server.requests;
  expect(seen?.path).toBe("/apis/coordination.k8s.io/v1/namespaces/ops/leases");
  expect(seen?.query.get("watch")).toBe("true");
  expect(seen?.query.get("fieldSelector")).toBe("metadata.name=orkestra-konductor");
});

const DENIED = { code: 403, reason: "Forbidden", message: "leases is forbidden" };

test("followLease() ends quietly without the right to watch", async () => {
  await using server = await startServer((_seen, res) => sendStatus(res, DENIED));
  using transport = transportTo(server.url);
  let heard = 0;
  const onChange = () => void heard++;
  await followLease(transport, PLACE, { onChange, signal: new AbortController().signal });
  expect(heard).toBe(0);
});
