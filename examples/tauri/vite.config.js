import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { bridge, sidecarProcess } from "./bridge/bridge.js";

// In a browser the page has no Tauri that starts the sidecar, so the development server does.
const sidecar = {
  name: "sidecar",
  configureServer: (server) => bridge(server.httpServer, simulated),
  configurePreviewServer: (server) => bridge(server.httpServer, simulated),
};

const simulated = () => sidecarProcess(["--simulate", "--project", fileURLToPath(new URL("sample", import.meta.url))]);

export default defineConfig({
  plugins: [sidecar],
  server: { host: "127.0.0.1", port: 5173, strictPort: true },
  preview: { host: "127.0.0.1" },
  build: { target: "es2022", modulePreload: false },
});
