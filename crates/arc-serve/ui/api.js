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
    await askForToken();
    return request(path, body, signal);
  }
  const answer = await response.json();
  if (!response.ok) throw new Refusal(response.status, answer.error ?? { code: "odd", message: response.statusText });
  return answer;
}

let asking = null;

/** Asks for the token once, whoever needs it meanwhile. */
function askForToken() {
  asking ??= new Promise((resolve) => {
    const door = document.getElementById("door");
    const form = document.getElementById("door-form");
    const field = document.getElementById("token");
    form.addEventListener("submit", () => {
      sessionStorage.setItem(KEY, field.value);
      asking = null;
      resolve();
    }, { once: true });
    door.addEventListener("cancel", (event) => event.preventDefault());
    door.showModal();
  });
  return asking;
}

export const tool = (name, body, signal) => request(`/api/v1/tools/${name}`, JSON.stringify(body), signal);
export const view = (name, body, signal) => request(`/api/v1/views/${name}`, JSON.stringify(body), signal);
export const standing = () => request("/api/v1/standing");
