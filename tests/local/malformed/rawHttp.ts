/** Requests as no HTTP library would send them: bytes on a socket, and whatever comes back. */
import { connect } from "node:net";

const ANSWER_WITHIN_MS = 10_000;

/** The answer's status line and body, both "" where the connection was closed without one. `hold` keeps the request unfinished. */
export function sendRaw(url: string, request: string | Uint8Array, hold: "whole" | "cut" = "whole"): Promise<string> {
  const { port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), "127.0.0.1");
    let answer = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No answer within ${ANSWER_WITHIN_MS} ms to ${String(request).slice(0, 200)}`));
    }, ANSWER_WITHIN_MS);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      answer += chunk;
    });
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(answer);
    });
    socket.write(request, () => {
      if (hold === "cut") setTimeout(() => socket.destroy(), 30);
    });
  });
}

/** A request with its own connection; headers as given, the right length unless one is given. */
export function rawRequest(method: string, path: string, headers: Record<string, string>, body: string | Uint8Array) {
  const content = Buffer.from(body);
  const all = { host: "localhost", connection: "close", "content-length": String(content.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), content]);
}
