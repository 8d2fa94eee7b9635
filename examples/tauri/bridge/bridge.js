// Lets a page in a browser run the sidecar, for development and tests: a WebSocket is a
// process. In the app Tauri does this, and nothing of this folder is part of it.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nodeSidecar } from "carapace-client/node";
import { WebSocketServer } from "ws";

const PATH = "/sidecar";

/**
 * Serves the sidecar at /sidecar of an HTTP server. Each socket starts a process of its
 * own; its messages are the lines for stdin, what comes back is {line}, {log} or {ended}.
 */
export function bridge(server, start) {
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, connection, head) => {
    if (request.url !== PATH) return; // Vite's own
    if (!isOwnPage(request.headers)) return connection.destroy();
    sockets.handleUpgrade(request, connection, head, (socket) => serve(socket, start));
  });
}

/**
 * Whether a request comes from the page that this server serves. A server on the loopback
 * address can be reached by every page that the browser has open: its Origin tells it apart,
 * and the Host a page whose name was made to lead here.
 */
export function isOwnPage({ host = "", origin = "" }) {
  return /^(127\.0\.0\.1|localhost)(:\d+)?$/.test(host) && origin === `http://${host}`;
}

/** Starts the sidecar: the one that CARAPACE_SIDECAR names, else the one that `npm run sidecar` built. */
export function sidecarProcess(args, options = {}) {
  return spawn(sidecarPath(), args, { stdio: "pipe", ...options });
}

/** Returns where the sidecar is. Throws where none was built. */
export function sidecarPath() {
  if (process.env.CARAPACE_SIDECAR) return process.env.CARAPACE_SIDECAR;
  const folder = fileURLToPath(new URL("../src-tauri/binaries/", import.meta.url));
  return folder + readdirSync(folder).find((name) => name.startsWith("carapace-sidecar-"));
}

function serve(socket, start) {
  const tell = (message) => socket.send(JSON.stringify(message));
  const sidecar = nodeSidecar(start)({
    line: (line) => tell({ line }),
    log: (log) => tell({ log }),
    problem: (log) => tell({ log }),
    ended: (ended) => {
      tell({ ended });
      socket.close();
    },
  });
  // A write that fails is followed by the end of the process, which is told.
  socket.on("message", (line) => sidecar.write(line.toString()).catch(() => {}));
  // A page that is closed ends its sidecar without a word, as Tauri does.
  socket.on("close", () => sidecar.kill());
}
