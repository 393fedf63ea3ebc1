/** Dragging, the wheel and two fingers on the graph. */
import type { GraphCanvas } from './graph-canvas.ts';

const WHEEL_FACTOR = 1.0018; // To the power of the pixels turned.
const DRAG_STARTS_PX = 4;

/**
 * The wheel zooms once the graph has the focus, or with Ctrl; else it moves the page on, as one
 * expects of a page that is read.
 */
export function listenToGestures(element: SVGSVGElement, canvas: GraphCanvas): () => void {
  const abort = new AbortController();
  const { signal } = abort;
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !element.contains(document.activeElement)) {
      return;
    }
    event.preventDefault();
    const { left, top } = element.getBoundingClientRect();
    const factor = WHEEL_FACTOR ** -(event.deltaY * (event.deltaMode === 1 ? 16 : 1));
    canvas.zoom(factor, event.clientX - left, event.clientY - top);
  };
  element.addEventListener('wheel', onWheel, { passive: false, signal });
  listenToPointers(element, canvas, signal);
  return () => abort.abort();
}

interface Finger {
  x: number;
  y: number;
}

function listenToPointers(element: SVGSVGElement, canvas: GraphCanvas, signal: AbortSignal): void {
  const fingers = new Map<number, Finger>();
  let moved = 0;
  const onDown = (event: PointerEvent): void => {
    moved = 0;
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  };
  const onMove = (event: PointerEvent): void => {
    const finger = fingers.get(event.pointerId);
    if (finger === undefined) {
      return;
    }
    const dx = event.clientX - finger.x;
    const dy = event.clientY - finger.y;
    moved += Math.abs(dx) + Math.abs(dy);
    if (fingers.size > 1) {
      pinch([...fingers.values()], finger, event, element, canvas);
    }
    finger.x = event.clientX;
    finger.y = event.clientY;
    if (moved > DRAG_STARTS_PX) {
      element.setPointerCapture(event.pointerId);
      canvas.pan(dx / fingers.size, dy / fingers.size);
    }
  };
  const onUp = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
  };
  const onClick = (event: MouseEvent): void => {
    if (moved > DRAG_STARTS_PX) {
      event.stopPropagation(); // A drag that ends on an operator does not open it.
    }
  };
  element.addEventListener('pointerdown', onDown, { signal });
  element.addEventListener('pointermove', onMove, { signal });
  element.addEventListener('pointerup', onUp, { signal });
  element.addEventListener('pointercancel', onUp, { signal });
  element.addEventListener('click', onClick, { signal, capture: true });
}

function pinch(
  [first, second]: readonly Finger[],
  moving: Finger,
  event: PointerEvent,
  element: SVGSVGElement,
  canvas: GraphCanvas,
): void {
  const still = moving === first ? second! : first!;
  const before = Math.hypot(moving.x - still.x, moving.y - still.y);
  const after = Math.hypot(event.clientX - still.x, event.clientY - still.y);
  const { left, top } = element.getBoundingClientRect();
  if (before > 0) {
    canvas.zoom(after / before, still.x - left, still.y - top);
  }
}
