// Makes photos small before they go out over one bar of signal; without it the server does.
"use strict";
(() => {
  const LONGEST = 1600;
  const shrink = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      return blob && blob.size < file.size ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file; // what the browser can't read the server judges
    }
  };
  for (const input of document.querySelectorAll("input[type=file][data-shrink]")) {
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      input.shrunk = Promise.all(chosen.map(shrink)).then((small) => {
        const list = new DataTransfer();
        small.forEach((file) => list.items.add(file));
        input.files = list.files;
      });
    });
  }
})();
