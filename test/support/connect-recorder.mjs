/**
 * Loaded into Node before the bundle (`--import`): writes down every address that it connects or sends to, at
 * the one place that sockets, TLS, http, https and fetch come through. The file: `ORK_TEST_CONNECTIONS`.
 * For machines whose kernel does not tell, see `connect-recorder.py`.
 */
import dgram from "node:dgram";
import { appendFileSync } from "node:fs";
import net from "node:net";

const log = process.env.ORK_TEST_CONNECTIONS ?? "";
const note = (address) => appendFileSync(log, `${address}\n`);

const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function record(...args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  const { path, host, port } = typeof first === "object" ? first : { port: first, host: second };
  note(typeof path !== "string" ? `${host ?? "localhost"}:${port}` : `unix ${path}`);
  return connect.apply(this, args);
};
const { send } = dgram.Socket.prototype;
dgram.Socket.prototype.send = function record(...args) {
  note(
    `udp ${args
      .filter((one) => typeof one !== "function")
      .slice(1)
      .join(" ")}`,
  );
  return send.apply(this, args);
};
