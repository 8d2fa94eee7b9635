// An echo on vscode-jsonrpc, with the framing that comes with it (Content-Length).
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from "vscode-jsonrpc/node";

const connection = createMessageConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
connection.onRequest("ping", (params) => params);
connection.onRequest("echo", (params) => params);
process.stdin.on("end", () => process.exit(0));
connection.listen();
