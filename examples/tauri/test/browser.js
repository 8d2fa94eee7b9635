// Where Chromium is. Run by itself it prints that, or fails.
import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";

const PLACES = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].filter(Boolean);

/** The path of Chromium. Throws where there is none. */
export function chromiumPath() {
  const path = PLACES.find((place) => existsSync(place));
  if (!path) throw new Error(`there is no Chromium at any of ${PLACES.join(", ")}`);
  return path;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(chromiumPath());
