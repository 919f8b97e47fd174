"""Pictures as files: those that ship with the demo, and painted ones."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

import hma_console
from bridge.errors import NotFound
from hma_console.demo.scenes import Scene, paint

PAINTED_QUALITY = 90


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture as an app sends it."""

    name: str
    media_type: str
    content: bytes

    def decoded(self) -> Image.Image:
        """As RGB."""
        with Image.open(io.BytesIO(self.content)) as picture:
            return picture.convert("RGB")


@dataclass(frozen=True, slots=True)
class Shipped:
    """A JPEG file among the demo's assets."""

    path: Path

    @property
    def title(self) -> str:
        return self.path.stem.replace("-", " ")

    def file(self) -> PictureFile:
        return PictureFile(self.path.name, "image/jpeg", self.path.read_bytes())


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture that is painted when it is asked for."""

    scene: Scene
    seed: int

    @property
    def title(self) -> str:
        return f"{self.scene.value} {self.seed}"

    def file(self) -> PictureFile:
        buffer = io.BytesIO()
        paint(self.scene, self.seed).save(buffer, "JPEG", quality=PAINTED_QUALITY)
        return PictureFile(f"{self.title.replace(' ', '-')}.jpg", "image/jpeg", buffer.getvalue())


Picture = Shipped | Painted


def bank_pictures() -> tuple[Shipped, ...]:
    """What the demo's bank holds. Raises NotFound where the assets are missing."""
    return _shipped("bank")


def unrelated_pictures() -> tuple[Shipped, ...]:
    """What must never match it. Raises NotFound where the assets are missing."""
    return _shipped("unrelated")


def assets_folder() -> Path:
    """In the installed package, or in the checkout beside it. Raises NotFound."""
    package = Path(hma_console.__file__).parent
    for folder in (package / "assets" / "demo", package.parent / "assets" / "demo"):
        if folder.is_dir():
            return folder
    raise NotFound("The demo's pictures are not there.", "Install hma-console anew.")


def _shipped(folder: str) -> tuple[Shipped, ...]:
    return tuple(Shipped(path) for path in sorted((assets_folder() / folder).glob("*.jpg")))
