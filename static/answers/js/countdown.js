// "Asked again in 12 seconds", counting down to be seen; it is not in a live region.

import { counted } from "./words.js";

export function countDown(place, seconds, whenOver) {
  const end = Date.now() + seconds * 1000;
  const show = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    place.textContent = counted("again", left);
    return left;
  };
  show();
  const timer = setInterval(() => {
    if (!place.isConnected) clearInterval(timer); // asked by hand, or cancelled
    else if (show() === 0) {
      clearInterval(timer);
      whenOver();
    }
  }, 500);
}
