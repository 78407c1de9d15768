// Calls of the desk's own server. A refusal becomes an ApiError with the four parts of Setu's messages.
export class ApiError extends Error {
  constructor(status, body) {
    const fault = body?.error ?? { where: "server", found: `HTTP ${status}`, expected: "an answer", do: "Try again." };
    super(`${fault.where}: found ${fault.found}; expected ${fault.expected}. ${fault.do}`);
    this.status = status;
    this.body = body;
  }
}

const token = document.querySelector('meta[name="setu-token"]').content;

async function call(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw new ApiError(answer.status, body);
  return body;
}

export const get = (path, query = {}) => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== ""));
  return call(asked.size ? `${path}?${asked}` : path);
};

export const send = (method, path, body) =>
  call(path, { method, body: JSON.stringify(body), headers: { "content-type": "application/json", "x-setu-token": token } });

export const segmentPath = (id, more = "") => `/api/segments/${id.split("/").map(encodeURIComponent).join("/")}${more}`;
