// The pure rules, as tables, and what the window does without a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runnerImport } from "vite";
import { isOwnPage } from "../bridge/bridge.js";

const load = async (name) => (await runnerImport(`./src/rules/${name}.ts`)).module;
const { App } = (await runnerImport("./src/app.ts")).module;
const { LaunchForm } = (await runnerImport("./src/launch-form.ts")).module;
const { LogPane } = (await runnerImport("./src/log-pane.ts")).module;
const { buttons, canLaunch } = await load("buttons");
const { sentence, story } = await load("history");
const { loss } = await load("loss");
const { screen } = await load("screen");
const { bytes, duration, money, phaseName, serviceWords, statusName } = await load("words");

const methods = ["launch", "start", "stop", "sync", "destroy", "cancel", "forget"].map((name) => `cluster.${name}`);
const cluster = (machine, enabled) => ({
  machine, status: machine,
  actions: methods.map((method) => ({
    method, enabled: enabled.includes(method.slice(8)), ...(enabled.includes(method.slice(8)) ? {} : { whyNot: { message: "No.", hint: "Wait." } }),
  })),
});

test("buttons", () => {
  for (const [machine, enabled, want] of [
    ["running", ["stop", "sync", "destroy"], ["stop", "sync", "destroy"]],
    ["stopped", ["start", "destroy"], ["start", "destroy"]],
    ["stopped", ["destroy"], ["start: No. Wait.", "destroy"]],
    ["changing", ["cancel"], ["cancel", "destroy: No. Wait."]],
    ["unknown", ["forget", "destroy"], ["forget", "destroy"]],
    ["none", ["launch"], ["destroy: No. Wait."]],
    ["running", ["start", "stop", "destroy"], ["start", "stop", "sync: No. Wait.", "destroy"]],
    ["running", [], ["stop: No. Wait.", "sync: No. Wait.", "destroy: No. Wait."]],
  ]) {
    const got = buttons(cluster(machine, enabled)).map(({ method, whyNot }) => method.slice(8) + (whyNot && `: ${whyNot}`));
    assert.deepEqual(got, want, `${machine}, ${enabled}`);
  }
  // A sidecar that does not know a method has no button for it.
  assert.deepEqual(buttons({ machine: "running", status: "running", actions: [] }), []);
  assert.equal(canLaunch(cluster("none", ["launch"])), true);
  assert.equal(canLaunch(cluster("running", ["stop"])), false);
});

test("the first page", () => {
  const none = { status: "no_server" };
  const some = { status: "error" };
  for (const [state, server, skypilot, want, installing = false] of [
    ["starting", undefined, undefined, "starting"],
    ["ready", none, undefined, "starting"],
    ["ready", none, { value: { supported: true } }, "launch"],
    ["ready", none, { value: { supported: false } }, "install"],
    ["ready", none, { problem: { data: {} } }, "install"],
    ["ready", none, { problem: {} }, "starting"],
    ["ready", some, { value: { supported: false } }, "server"],
    ["ready", { ...cluster("none", ["launch"]), status: "error" }, { value: { supported: true } }, "launch"],
    ["ready", { ...cluster("unknown", ["launch"]), status: "error" }, { value: { supported: true } }, "server"],
    ["restarting", some, undefined, "server"],
    ["failed", some, { value: { supported: true } }, "failed"],
    ["ready", none, undefined, "install", true], // a window that is opened meanwhile
    ["ready", some, undefined, "server", true],
  ]) {
    assert.equal(screen(state, state === "failed" ? new Error() : undefined, server, skypilot ?? {}, installing), want, `${state} ${server?.status}`);
  }
});

test("what destroying loses", () => {
  const vault = (changes, state = "differs") => [{ vault: "public", state, changes }];
  const many = ["a", "b", "c", "d", "e", "f"];
  for (const [vaults, looked, want] of [
    [vault({ deleted: 0, changed: 0, added: 3 }), true, "The public vault on the server holds nothing that is not on this computer."],
    [vault({ deleted: 1, changed: 0, firstDeleted: ["notes.md"] }), true, "The public vault has 1 file only on the server: notes.md."],
    [vault({ deleted: 2, changed: 1, firstDeleted: ["a", "b"], firstChanged: ["c"] }), true,
      "The public vault has 2 files only on the server and 1 file different from the one here: a, b, c."],
    [vault({ deleted: 6, changed: 0, firstDeleted: many }), true, "The public vault has 6 files only on the server: a, b, c, d, e, …."],
    [vault(undefined, "unknown"), true, "It is not known whether the public vault on the server holds anything that is not here."],
    [vault(undefined), false, "What was changed on the server since the vaults were synced can't be looked at now, and is lost."],
  ]) {
    assert.deepEqual(loss(vaults, looked), [want]);
  }
});

test("history", () => {
  const change = (text) => ({ at: text, type: "change", text });
  const end = (message, id) => ({ at: message, type: "operation", operation: { id, message } });
  for (const [events, want] of [
    [[], []],
    [[change("b"), change("a")], ["b", "a"]],
    [[change("a"), end("a", 1), change("b")], ["a 1", "b"]],
    [[end("a", 1), change("a")], ["a 1"]],
    [[end("a", 1), end("a", 2)], ["a 1", "a 2"]],
    [[{ at: "", type: "removed" }], ["It left the list."]],
  ]) {
    assert.deepEqual(story(events).map((one) => [sentence(one), one.operation?.id].filter(Boolean).join(" ")), want);
  }
});

test("words", () => {
  assert.deepEqual([0, 0.0036, 0.19, 1234.5].map(money), ["$0.00", "$0.0036", "$0.19", "$1,234.50"]);
  assert.deepEqual([0, 59.4, 60, 125, 3600, 12_000].map(duration), ["0 s", "59 s", "1 min 0 s", "2 min 5 s", "1 h 0 min", "3 h 20 min"]);
  assert.deepEqual([0, 1, 999, 1000, 12_345_678].map(bytes), ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "12 MB"]);
  assert.equal(statusName("no_server"), "No server");
  // A newer sidecar may have words that are not known here.
  assert.equal(statusName("being_moved"), "Being moved");
  assert.equal(serviceWords({ state: "healthy", url: "http://192.0.2.1:8080/" }), "Healthy, http://192.0.2.1:8080/");
  assert.equal(serviceWords({ state: "unknown", reason: "There is no way." }), "Not known. There is no way.");
  assert.equal(serviceWords({ state: "half_asleep" }), "Half asleep");
  assert.equal(phaseName("being_moved"), "Being moved");
});

test("only its own page reaches the bridge", () => {
  for (const [headers, want] of [
    [{ host: "127.0.0.1:4173", origin: "http://127.0.0.1:4173" }, true],
    [{ host: "localhost:5173", origin: "http://localhost:5173" }, true],
    [{ host: "127.0.0.1:4173", origin: "http://127.0.0.1:8000" }, false],
    [{ host: "127.0.0.1:4173", origin: "https://example.com" }, false],
    [{ host: "example.com", origin: "http://example.com" }, false],
    [{ host: "127.0.0.1.example.com", origin: "http://127.0.0.1.example.com" }, false],
    [{ host: "127.0.0.1:4173" }, false],
    [{}, false],
  ]) {
    assert.equal(isOwnPage(headers), want, JSON.stringify(headers));
  }
});

const never = () => new Promise(() => {});
const windowless = () => new App({ spawn: never, open: never, beforeClose() {} }, () => {});

test("a price is that of the choice beside it", () => {
  const form = new LaunchForm({ call: never }, () => {});
  for (const [field, value, kept] of [["autostop", 30, true], ["public", "/vault", true], ["diskSize", 200, false], ["instanceType", "m6i.8xlarge", false]]) {
    form.estimate.clear();
    form.estimate.value = { offers: [] };
    form.choose(field, value);
    assert.deepEqual([form.estimate.value !== undefined, form.estimate.busy], [kept, !kept], field);
  }
});

test("a question that is open is not replaced", () => {
  const app = windowless();
  app.ask({ title: "Destroy it?", text: "It is gone then." });
  app.ask({ title: "Sync?", text: "60 files would be deleted." });
  assert.deepEqual([app.question.title, app.notice], ["Destroy it?", "60 files would be deleted."]);
});

test("a look at the server holds up nothing else", () => {
  const app = windowless();
  app.refresh();
  assert.deepEqual([app.looking, app.pending], [true, undefined]);
  app.press("cluster.stop");
  assert.deepEqual([app.looking, app.pending], [true, "cluster.stop"]);
});

test("the latest log is the latest operation's, and is read once", () => {
  const read = [];
  const session = {
    snapshot: { operations: [{ id: "launch" }] },
    operationLog: (id) => (read.push(id), { read: Promise.resolve(), stop() {} }),
    follow: ({ source }) => (read.push(source), { done: Promise.resolve(), stop() {} }),
  };
  const log = new LogPane(session, () => {});
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const steps = [
    [() => log.show(true), ["launch"]],
    [() => log.renew(true), []], // the launch has ended
    [() => (session.snapshot.operations.unshift({ id: "sync" }), log.renew(true)), ["sync"]],
    [() => log.renew(false), []],
    [() => log.show(true, "run"), ["run"]],
    [() => log.renew(false), []],
    [() => log.renew(true), ["run"]], // the service was started anew
  ];
  return steps.reduce((before, [step, want]) => before.then(async () => {
    read.length = 0;
    step();
    await settle();
    assert.deepEqual(read, want, String(step));
  }), Promise.resolve());
});

test("what this computer does not do is told", async () => {
  for (const [act, want] of [
    [(app) => app.open("https://example.com/keys"), "It could not be opened: https://example.com/keys"],
    [(app) => app.copy("aws configure"), "It could not be copied: aws configure"], // without a clipboard, as here
  ]) {
    const notice = await new Promise((resolve) => {
      const app = new App({ spawn: never, open: () => Promise.reject(new Error("there is no browser")), beforeClose() {} }, () => app.notice && resolve(app.notice));
      act(app);
    });
    assert.equal(notice, want);
  }
});
