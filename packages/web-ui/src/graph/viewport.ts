/** What part of a drawing is seen, and how near. Pure: a view and an act give the next view. */

/** A point `p` of the drawing is seen at `p * scale + (x, y)`. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Size {
  readonly x: number;
  readonly y: number;
}

const SCALE_MIN = 0.03;
const SCALE_MAX = 2.5;
/** A small graph is not blown up. */
const FIT_SCALE_MAX = 1;

export function fit(drawing: Size, window: Size): View {
  const scale = Math.max(
    SCALE_MIN,
    Math.min(window.width / drawing.width, window.height / drawing.height, FIT_SCALE_MAX),
  );
  return {
    scale,
    x: (window.width - drawing.width * scale) / 2,
    y: (window.height - drawing.height * scale) / 2,
  };
}

/** Nearer or farther, while the point of the window at `(x, y)` stays where it is. */
export function zoomAt(view: View, factor: number, x: number, y: number): View {
  const scale = Math.max(SCALE_MIN, Math.min(SCALE_MAX, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio };
}

export function panBy(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy };
}

/** The least move that brings a box into the window with `margin` around it. */
export function reveal(view: View, box: Box, window: Size, margin = 24): View {
  const left = box.x * view.scale + view.x;
  const top = box.y * view.scale + view.y;
  return panBy(
    view,
    shift(left, box.width * view.scale, window.width, margin),
    shift(top, box.height * view.scale, window.height, margin),
  );
}

/** Whether any of the box is seen, or nearly so: what is within `margin` of the window counts. */
export function isSeen(view: View, box: Box, window: Size, margin = 200): boolean {
  const left = box.x * view.scale + view.x;
  const top = box.y * view.scale + view.y;
  return (
    left < window.width + margin &&
    top < window.height + margin &&
    left + box.width * view.scale > -margin &&
    top + box.height * view.scale > -margin
  );
}

/** The view that leaves some of the drawing in the window, however far one drags. */
export function keepInSight(view: View, drawing: Size, window: Size, rest = 80): View {
  const clamp = (at: number, length: number, room: number): number => {
    return Math.max(rest - length * view.scale, Math.min(room - rest, at));
  };
  return {
    ...view,
    x: clamp(view.x, drawing.width, window.width),
    y: clamp(view.y, drawing.height, window.height),
  };
}

function shift(start: number, length: number, room: number, margin: number): number {
  if (start < margin) {
    return margin - start;
  }
  return start + length > room - margin ? room - margin - start - length : 0;
}
