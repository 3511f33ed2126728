/* What the telephone keeps while there is no network: pages of the day, and an outbox of what was typed. Used by the
   pages and by the service worker. See docs/decisions/0030. */
"use strict";

const PAGES = "day-pages";
const ASSETS = "day-assets";
const SILENCE_MS = 12 * 3600_000;
const UNSENT_MS = 72 * 3600_000;

const dayDb = {
  open() {
    return new Promise((resolve, reject) => {
      const asked = indexedDB.open("pathway-day", 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore("meta");
        asked.result.createObjectStore("outbox", { keyPath: "id", autoIncrement: true });
      };
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  },

  async run(store, mode, work) {
    const db = await dayDb.open();
    try {
      return await new Promise((resolve, reject) => {
        const transaction = db.transaction(store, mode);
        const asked = work(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(asked?.result);
        transaction.onerror = transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      db.close();
    }
  },

  meta: (name) => dayDb.run("meta", "readonly", (store) => store.get(name)),
  setMeta: (name, value) => dayDb.run("meta", "readwrite", (store) => store.put(value, name)),
  entries: () => dayDb.run("outbox", "readonly", (store) => store.getAll()),
  put: (entry) => dayDb.run("outbox", "readwrite", (store) => store.put(entry)),
  remove: (id) => dayDb.run("outbox", "readwrite", (store) => store.delete(id)),

  /** Forget the pages; with everything, also what is not sent. */
  async wipe({ everything = false } = {}) {
    await caches.delete(PAGES);
    await dayDb.run("meta", "readwrite", (store) => store.clear());
    if (everything) await dayDb.run("outbox", "readwrite", (store) => store.clear());
  },

  /** Forget what has been kept long enough; says whether pages were wiped. */
  async wipeWhatIsOver(now = Date.now()) {
    for (const entry of await dayDb.entries()) if (now - entry.at > UNSENT_MS) await dayDb.remove(entry.id);
    const [downloaded, ends, contact] = await Promise.all(["downloaded", "ends", "contact"].map(dayDb.meta));
    if (!downloaded || (now < ends && now - contact < SILENCE_MS)) return false;
    await dayDb.wipe();
    return true;
  },

  /** Keep one form for later. What was never tried is replaced by what is typed after it on the same task. */
  async keep(task, fields, tried) {
    const entries = await dayDb.entries();
    const told = Object.fromEntries(fields);
    const last = entries.filter((entry) => entry.task === task).at(-1);
    const entry = { task, fields, act: told.act, tried, at: Date.now(), state: "waiting", person: await dayDb.meta("person") };
    if (last && last.act === "answer" && told.act === "answer" && !last.tried && last.state === "waiting") {
      const key = Object.fromEntries(last.fields).key;
      return dayDb.put({ ...entry, id: last.id, fields: fields.map(([name, value]) => [name, name === "key" ? key : value]) });
    }
    const same = entries.filter((other) => Object.fromEntries(other.fields).key.startsWith(told.key)).length;
    const key = same ? `${told.key}-${same + 1}` : told.key;
    return dayDb.put({ ...entry, fields: fields.map(([name, value]) => [name, name === "key" ? key : value]) });
  },
};
