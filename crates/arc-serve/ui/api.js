// What the page asks the server. Everything that comes back is data of the repository: it is put into the page as text, never
// as markup.

const KEY = "arc-token";

/** A call that has no answer, with what the server says of it. */
export class Refusal extends Error {
  constructor(status, error) {
    super(error.message);
    this.status = status;
    this.code = error.code;
    this.hints = error.hints ?? [];
    this.candidates = error.candidates ?? [];
  }
}

async function request(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  const token = sessionStorage.getItem(KEY);
  if (token) headers.Authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method: body ? "POST" : "GET", headers, body, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(0, { code: "away", message: "The server does not answer. Is `arc serve` still running?" });
  }
  if (response.status === 401) {
    await askForToken(token);
    return request(path, body, signal);
  }
  const answer = await response.json().catch((error) => {
    if (error.name === "AbortError") throw error;
    throw new Refusal(response.status, { code: "away", message: "The answer broke off." });
  });
  if (!response.ok) throw new Refusal(response.status, answer.error ?? { code: "odd", message: response.statusText });
  return answer;
}

let asking = null;

/** Asks for another token than `refused`, once, whoever needs it meanwhile. */
function askForToken(refused) {
  // Somebody else asked while this request was on its way.
  if (!asking && refused !== sessionStorage.getItem(KEY)) return Promise.resolve();
  asking ??= new Promise((resolve) => {
    const door = document.getElementById("door");
    const field = document.getElementById("token");
    let given = null;
    const submitted = () => (given = field.value);
    const closed = () => {
      // Escape closes what asks for it twice, and there is nothing to be seen behind this door.
      if (given === null) return door.showModal();
      door.removeEventListener("submit", submitted);
      door.removeEventListener("close", closed);
      sessionStorage.setItem(KEY, given);
      field.value = "";
      asking = null;
      resolve();
    };
    door.addEventListener("submit", submitted);
    door.addEventListener("close", closed);
    document.getElementById("refused").hidden = refused === null;
    door.showModal();
  });
  return asking;
}

export const tool = (name, body, signal) => request(`/api/v1/tools/${name}`, JSON.stringify(body), signal);
export const view = (name, body, signal) => request(`/api/v1/views/${name}`, JSON.stringify(body), signal);
export const standing = () => request("/api/v1/standing");
