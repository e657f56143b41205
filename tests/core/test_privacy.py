"""What a label may show of a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postharvest.core.privacy import mask_address, mask_name, mask_phone

digits = st.text("0123456789", min_size=1, max_size=15)
names = st.text("王李张欧阳小明AlphaBet ", min_size=1, max_size=8).filter(str.strip)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王**"),
        ("李雷", "李*"),
        ("王", "*"),
        ("欧阳 娜娜", "欧* 娜*"),
        ("Li Lei", "L* L**"),
        ("ＷＡＮＧ", "W***"),
    ],
)
def test_at_most_the_first_character_of_a_name_is_shown(name: str, shown: str) -> None:
    assert mask_name(name) == shown


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13812345678", "138******78"),
        ("138 1234-5678", "138******78"),
        ("+86 138 1234 5678", "138******78"),
        ("008613812345678", "138******78"),
        ("１３８１２３４５６７８", "138******78"),
        ("029-8765432", "02******32"),
        ("8765432", "******2"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_six_digits_of_a_phone_are_hidden(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@given(digits)
def test_never_more_than_five_digits_of_a_phone_are_shown(phone: str) -> None:
    masked = mask_phone(phone)
    assert masked.count("*") >= min(6, len(masked))
    assert sum(letter.isdecimal() for letter in masked) <= 5


@given(digits, names)
def test_masking_twice_changes_nothing(phone: str, name: str) -> None:
    assert mask_phone(mask_phone(phone)) == mask_phone(phone)
    assert mask_name(mask_name(name)) == mask_name(name)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("陕西省西安市碑林区友谊西路127号3号楼2单元501室", "陕西省西安市碑林区友谊西路***"),
        ("广西贵港市覃塘区三里镇", "广西贵港市覃塘区三里镇"),
        ("陕西省渭南市富平县曹村镇210国道旁8号", "陕西省渭南市富平县曹村镇210国道旁***"),
        ("北京市朝阳区八里庄街道甲12号", "北京市朝阳区八里庄街道***"),
        ("上海市徐汇区漕溪北路 88 弄 B座 1203", "上海市徐汇区漕溪北路***"),
        ("北京市东城区东四十条胡同五号院", "北京市东城区东四十条胡同***"),
        ("富平县曹村镇大渠村3组12号", "富平县曹村镇大渠村3组***"),
        ("西安市雁塔区科技路阳光花园A座", "西安市雁塔区科技路阳光花园***"),
        ("西安市雁塔区科技路阳光花园三单元", "西安市雁塔区科技路阳光花园***"),
        ("长沙市五一路", "长沙市五一路"),
        ("Building 3, Room 402, Youyi West Road, Xi'an", "***, ***, Youyi West Road, Xi'an"),
        ("127 Youyi West Road, Xi'an", "*** Youyi West Road, Xi'an"),
    ],
)
def test_building_unit_and_room_are_hidden(address: str, shown: str) -> None:
    assert mask_address(address) == shown
    assert mask_address(shown) == shown


@given(
    st.sampled_from(["友谊西路", "曹村镇大渠村", "210国道", "五一路"]),
    st.integers(1, 9999),
    st.sampled_from(["号楼", "栋", "幢", "单元", "室", "号", "层", "-"]),
    st.integers(100, 9999),
)
def test_no_house_number_survives(road: str, building: int, kind: str, room: int) -> None:
    masked = mask_address(f"陕西省富平县{road}{building}{kind}{room}室")
    assert masked == f"陕西省富平县{road}***"
