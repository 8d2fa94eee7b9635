// What destroying a server loses, as far as it is known.
import type { Methods } from "carapace-client";

type Vaults = readonly Pick<Methods["vault.status"]["result"]["vaults"][number], "vault" | "state" | "changes">[];

const SHOWN = 5;

/** Returns a sentence for each vault. `looked` is false where the server can't be looked at, as when it is stopped. */
export function loss(vaults: Vaults, looked: boolean): string[] {
  if (!looked) return ["What was changed on the server since the vaults were synced can't be looked at now, and is lost."];
  return vaults.map(({ vault, state, changes }) => {
    if (!changes || state === "unknown") return `It is not known whether the ${vault} vault on the server holds anything that is not here.`;
    const { deleted, changed } = changes;
    if (deleted + changed === 0) return `The ${vault} vault on the server holds nothing that is not on this computer.`;
    const names = [...(changes.firstDeleted ?? []), ...(changes.firstChanged ?? [])];
    const parts = [
      ...(deleted > 0 ? [`${files(deleted)} only on the server`] : []),
      ...(changed > 0 ? [`${files(changed)} different from the one here`] : []),
    ];
    const more = deleted + changed > SHOWN ? ", …" : "";
    return `The ${vault} vault has ${parts.join(" and ")}: ${names.slice(0, SHOWN).join(", ")}${more}.`;
  });
}

/** A number of files. */
export function files(count: number): string {
  return count === 1 ? "1 file" : `${count} files`;
}
