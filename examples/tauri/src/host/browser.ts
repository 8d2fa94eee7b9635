// A browser, for development and tests: bridge/bridge.js starts the sidecar.
import type { Spawn } from "carapace-client";
import type { Host } from "./host.ts";

export function browserHost(): Host {
  return {
    spawn: bridged(`ws://${location.host}/sidecar`),
    open: async (url) => void window.open(url, "_blank", "noopener"),
    beforeClose: () => {}, // a page that is closed can't wait; the bridge ends its sidecar
  };
}

type Message = { line: string } | { log: string } | { ended: string };

function bridged(url: string): Spawn {
  return (events) => new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    let told = false;
    const end = (how: string) => {
      if (!told) events.ended(how);
      told = true;
    };
    socket.onopen = () => resolve({ write: (line) => socket.send(line), kill: () => socket.close() });
    socket.onerror = () => reject(new Error("nothing answers at " + url));
    socket.onclose = () => end("The bridge to the sidecar was closed.");
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as Message;
      if ("line" in message) events.line(message.line);
      else if ("log" in message) events.log(message.log);
      else end(message.ended);
    };
  });
}
