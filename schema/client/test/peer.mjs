// A process that plays the sidecar: it echoes params, and cuts its output in the
// middle of characters. With --die it ends at its first input.
import { createInterface } from "node:readline";

process.stderr.write("the peer has started\n");

async function writeInPieces(message) {
  const bytes = Buffer.from(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
  for (let i = 0; i < bytes.length; i += 7) {
    await new Promise((resolve) => process.stdout.write(bytes.subarray(i, i + 7), resolve));
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (process.argv.includes("--die")) process.exit(3);
  const { id, params } = JSON.parse(line);
  await writeInPieces({ method: "cluster.log", params: { line: params?.name } });
  await writeInPieces({ id, result: { echo: params } });
}
