"""Photos are judged by their contents, made small, stripped, and kept once."""

import io
import uuid

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from postharvest.interfaces.web import photos
from postharvest.operations.harvest import queries as harvest

pytestmark = pytest.mark.django_db
GPS_IFD, MAKE, ORIENTATION = 0x8825, 0x010F, 0x0112


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def picture(*, size=(40, 30), kind="JPEG", name="a.jpg", exif=None):
    out = io.BytesIO()
    more = {"exif": exif} if exif else {}
    Image.new("RGB", size, "orange").save(out, kind, **more)
    return SimpleUploadedFile(name, out.getvalue())


def test_place_and_camera_are_stripped_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[MAKE] = "Camera"
    exif[ORIENTATION] = 6
    exif.get_ifd(GPS_IFD)[2] = (34.0, 45.0, 0.0)
    upload = picture(exif=exif)
    assert b"Camera" in upload.read()
    upload.seek(0)
    kept = photos.clean(upload)
    assert b"Camera" not in kept
    with Image.open(io.BytesIO(kept)) as small:
        assert not small.getexif()
        assert small.size == (30, 40)


def test_a_large_picture_is_made_small():
    kept = photos.clean(picture(size=(3200, 800), kind="PNG", name="wide.png"))
    with Image.open(io.BytesIO(kept)) as small:
        assert small.size == (1600, 400)
        assert small.format == "JPEG"


@pytest.mark.parametrize(
    ("upload", "fault"),
    [
        (SimpleUploadedFile("a.jpg", b"<script>alert(1)</script>"), "is no photo we can read"),
        (SimpleUploadedFile("a.jpg", b"\xff\xd8\xff\xe0broken"), "is no photo we can read"),
        (picture(kind="GIF", name="a.jpg"), "is no photo we can read"),
        (picture(size=(9000, 5000), kind="PNG"), "40 million pixels"),
        (SimpleUploadedFile("a.jpg", bytes(6 * 1024 * 1024 + 1)), "larger than 6 MB"),
    ],
)
def test_what_is_no_photo_is_refused(upload, fault):
    from django.utils import translation

    with translation.override("en"), pytest.raises(photos.BadPhoto, match=fault):
        photos.clean(upload)


def form_of(branch, **more):
    return {
        "key": str(uuid.uuid4()), "branch": branch.pk, "village": "窦村", "produce": "apple",
        "amount": "500", "unit": "jin", "harvest_from": "2026-10-20", "harvest_to": "2026-10-25",
        "grade": "first", **more,
    }  # fmt: skip


def test_a_report_keeps_its_photos_once_and_shows_them_to_those_who_work_on_it(as_, branch):
    browser = as_("village")
    data = form_of(branch)
    for _ in range(2):  # sent twice, as a bad signal does
        answer = browser.post("/village/report/", {**data, "photos": [picture()]})
        assert answer.status_code == 302
    [surplus] = harvest.reports("")
    [name] = surplus.photos
    assert len(default_storage.listdir("reports")[1]) == 1
    assert default_storage.exists(name)
    url = f"/village/reports/{surplus.pk}/photo/1/"
    assert b"".join(browser.get(url).streaming_content).startswith(b"\xff\xd8")
    assert browser.get(f"/village/reports/{surplus.pk}/photo/2/").status_code == 404
    assert url in as_("desk").get("/desk/").content.decode()
    assert as_("shop").get(url).status_code == 403


def test_a_bad_photo_is_named_beside_its_field_and_nothing_is_lost(as_, branch):
    answer = as_("village").post(
        "/village/report/",
        form_of(branch, photos=[SimpleUploadedFile("a.jpg", b"no photo")]),
    )
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "is no photo we can read" in page
    assert 'value="窦村"' in page
    assert not harvest.reports("").exists()


def test_more_than_three_photos_are_refused(as_, branch):
    answer = as_("village").post(
        "/village/report/", form_of(branch, photos=[picture() for _ in range(4)])
    )
    assert answer.status_code == 422
    assert "are more than 3" in answer.content.decode()
