// Processes by what they run, from Linux's /proc.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The ids of the processes that run a program, without those that have ended and wait for their parent. */
export function running(program) {
  return readdirSync("/proc").filter((id) => /^\d+$/.test(id)).filter((id) => {
    try {
      return readlinkSync(`/proc/${id}/exe`) === program;
    } catch {
      return false; // it ended meanwhile
    }
  }).map(Number);
}

/** The parent's id of a process, 0 where there is no such process. */
export function parent(id) {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]);
  } catch {
    return 0;
  }
}
