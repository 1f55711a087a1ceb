// Asks the browser for a passkey where a form says so, and sends its answer with the form. Nothing else needs this.
"use strict";

const form = document.querySelector("form[data-passkey]");
const said = form.querySelector("[role=status]");

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function withBytes(options) {
  const named = (one) => ({ ...one, id: bytes(one.id) });
  const given = { ...options, challenge: bytes(options.challenge) };
  if (options.user) given.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) given.excludeCredentials = options.excludeCredentials.map(named);
  if (options.allowCredentials) given.allowCredentials = options.allowCredentials.map(named);
  return given;
}

function asJson(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function ask(event) {
  event.preventDefault();
  said.textContent = "Waiting for your passkey …";
  try {
    const publicKey = withBytes(JSON.parse(form.dataset.options));
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements[form.dataset.answer || "answer"].value = asJson(credential);
    form.submit();
  } catch (error) {
    said.textContent = error.name === "SecurityError"
      ? `Passkeys work at ${form.dataset.origin} alone: open this page there.`
      : error.name === "InvalidStateError"
        ? "This device has a passkey of yours for this server already."
        : "The browser gave no passkey: it was cancelled, took too long, or there is none. Try again.";
  }
}

form.addEventListener("submit", ask);
