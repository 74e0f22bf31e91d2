// Where the rows of a blast radius are drawn. The same rows always get the same places: nothing moves, nothing is random.
// What is changed stands in the middle; the likelier a row is to be affected, the nearer it stands. Rows of one folder lie
// in one direction.

const STEP = 1;
const FIRST = 1.5;
const ROOM = 0.82;

/** Places for rows `{score, group}`, best first: `{x, y, ring}` each, and for each ring its radius, its lowest score and an
 * angle that is free. */
export function rings(rows, seeds = 1) {
  const directions = directionsOf(rows);
  const inner = seeds > 1 ? Math.sqrt(seeds) * 0.62 : 0;
  const placed = new Array(rows.length);
  const circles = [];
  for (let start = 0; start < rows.length; ) {
    const radius = inner + FIRST + circles.length * STEP;
    const room = Math.max(6, Math.floor((2 * Math.PI * radius) / ROOM));
    const ring = [];
    for (let at = start; at < rows.length && ring.length < room; at += 1) ring.push(at);
    const free = place(ring, directions, radius, circles.length, placed);
    circles.push({ radius, score: rows[ring.at(-1)].score, free });
    start += ring.length;
  }
  return { placed, circles, inner };
}

/** Places for what is changed: one in the middle, several around it, closely. */
export function middle(count) {
  if (count === 1) return [{ x: 0, y: 0 }];
  const golden = Math.PI * (3 - Math.sqrt(5));
  return Array.from({ length: count }, (_, at) => {
    const radius = 0.62 * Math.sqrt(at + 0.5);
    return { x: radius * Math.cos(at * golden), y: radius * Math.sin(at * golden) };
  });
}

/** For each row the angle that its folder has; folders beside each other in the tree are beside each other here. */
function directionsOf(rows) {
  const order = rows.map((_, at) => at).sort((one, other) => compare(rows[one].group, rows[other].group) || one - other);
  const directions = new Array(rows.length);
  order.forEach((row, at) => (directions[row] = ((at + 0.5) / rows.length) * 2 * Math.PI));
  return directions;
}

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** Spreads a ring evenly, turned so that its rows are as near to their directions as they can be. Gives an angle near the top
 * at which nothing stands. */
function place(ring, directions, radius, number, placed) {
  const sorted = [...ring].sort((one, other) => directions[one] - directions[other]);
  const gap = (2 * Math.PI) / sorted.length;
  let [sine, cosine] = [0, 0];
  sorted.forEach((row, at) => {
    sine += Math.sin(directions[row] - at * gap);
    cosine += Math.cos(directions[row] - at * gap);
  });
  const turn = Math.atan2(sine, cosine);
  sorted.forEach((row, at) => {
    const angle = at * gap + turn;
    placed[row] = { x: radius * Math.cos(angle), y: radius * Math.sin(angle), ring: number };
  });
  const top = Math.round((Math.PI / 2 - turn) / gap - 0.5);
  return (top + 0.5) * gap + turn;
}
