"""What people write on forms in the bench: the lists of a made-up project, and sentences, in Chinese and in English.

Every third name of a list is kept from the reader: projects meet people and places that nobody has listed yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: Languages of forms and answers.
LANGUAGES: Final = ("zh-CN", "en")


@dataclass(frozen=True, kw_only=True)
class World:
    """``lists`` by the name of their vocabulary, ``sentences`` for free text, ``words`` for short answers."""

    lists: Mapping[str, tuple[str, ...]]
    sentences: tuple[str, ...]
    words: tuple[str, ...]

    def known(self) -> dict[str, tuple[str, ...]]:
        """Return what the project has listed, and the reader may snap to."""
        return {name: tuple(entry for n, entry in enumerate(all_) if n % 3 != 2) for name, all_ in self.lists.items()}


def _split(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.strip().split("\n") if entry.strip())


def _names(text: str) -> tuple[str, ...]:
    return tuple(entry.strip() for entry in text.replace("\n", " ").split("|") if entry.strip())


_ZH_ORGANISATIONS: Final = _split("""
    江苏宁筑建设有限公司
    南京路桥工程有限公司
    中铁四局集团第二工程有限公司
    苏州市政园林工程集团
    无锡锡山建筑安装公司
    上海隧道工程股份有限公司
    南京钢铁股份有限公司
    海螺水泥(南京)有限公司
    常州天山水泥有限公司
    浙江永高管业股份有限公司
    江苏科达监理咨询有限公司
    南京城建项目建设管理公司
""")
_ZH: Final = World(
    lists={
        "people": _names(
            "陈建国|周敏|王丽|李卫东|赵倩|孙志强|吴桂芳|郑晓明|钱文博|冯海涛|褚立新|卫国庆|蒋玉兰|沈一鸣|韩雪梅|"
            "杨振华|朱德胜|秦淑珍|尤广才|许可|何家俊|吕梁|施耐安|张伟|孔繁荣|曹阳|严冬生|华春来|金鑫|魏红卫"
        ),
        "organisations": _ZH_ORGANISATIONS,
        "contractors": _ZH_ORGANISATIONS,
        "projects": _split("""
            秦淮区中山南路雨污分流及路面改造工程
            江北新区横江大道快速化改造二期工程
            河西中部地下综合管廊(乐山路段)工程
            栖霞区仙林湖公园景观提升工程
            玄武大道高架桥加固维修工程
            六合区龙池街道污水处理厂扩建工程
        """),
        "locations": _split("""
            K0+620~K0+660 北侧
            K1+080 左幅
            K2+345.5 右幅
            3号检查井
            W12~W13 污水管
            A轴交3轴
            地下一层 C-5柱
            2号楼3层梁板
            东侧基坑
            顶管工作井
            中山南路与升州路口
            泵站进水池
        """),
        "crews": _names("管道班|钢筋一班|钢筋二班|木工班|混凝土班|架子班|电工班|测量组|路面班"),
        "machines": _names(
            "挖掘机PC200|挖掘机 ZX240|汽车吊25t|压路机|自卸车|装载机ZL50|混凝土泵车|平板振动器|发电机30kW"
        ),
        "materials": _names(
            "DN800钢筋混凝土管|DN600 HDPE双壁波纹管|P.O42.5水泥|HRB400螺纹钢|C30商品混凝土|中粗砂|级配碎石|"
            "5%水泥稳定碎石|SBS改性沥青|球墨铸铁井盖|MU10烧结砖|土工布"
        ),
        "units": _names("m|m2|m3|t|kg|根|台班|套|个"),
        "trades": _names("管道工|钢筋工|木工|混凝土工|架子工|电工|焊工|普工|测量工"),
        "wind_directions": _names("东风|东南风|南风|西南风|西风|西北风|北风|东北风"),
    },
    sentences=_split("""
        DN800管道安装42m,闭水试验合格
        沟槽开挖至设计标高,槽底平整
        钢筋绑扎完成,间距150mm符合图纸
        浇筑C30混凝土36m3,坍落度180mm
        回填土分层压实,压实度94.5%
        模板支设牢固,轴线偏差3mm
        路基碾压6遍,弯沉值满足要求
        现场围挡缺失两处,已要求补齐
        基坑北侧有渗水,加设集水井抽排
        塔吊限位器失灵,停用待修
        配电箱未上锁,当场整改
        同意按合同支付
        请财务核对人工费用
        见证取样一组,编号20261118-03
        按GB 50268-2008第5.3条验收
        监理旁站全过程,未见异常
        下午小雨,停工两小时
        与燃气公司会商,管线改移至K0+700
        混凝土试块3组,标养28天
        安全帽佩戴不齐,罚款200元
        材料合格证、检测报告齐全
        管口错台2mm,在允许偏差内
        夜间施工照明不足,增设灯架4盏
        施工组织设计已经批准
    """),
    words=_split("""
        合格
        符合要求
        基本符合
        未发现问题
        已整改
        无
        正常
        DN800
        C30混凝土
        Φ22
        沟槽开挖
        管道安装
        钢筋绑扎
        垫层浇筑
        雨水管道
        闭水试验
        闭水试验记录
        设计图纸S-07
        GB50204
        偏差≤10mm
        三级配电
    """),
)

_EN_ORGANISATIONS: Final = _split("""
    Northgate Civil Works Ltd
    Harbour Bridge Builders
    Meridian Tunnelling Group
    Stone and Sons Paving
    Lakeside Concrete Supply
    Apex Steel Fabrication
    Delta Pipe Company
    Greenfield Surveyors
    Union Road Maintenance
""")
_EN: Final = World(
    lists={
        "people": _names(
            "James Carter|Maria Lopez|David Okafor|Emily Chen|Robert Novak|Aisha Rahman|Peter Walsh|Nina Petrova|"
            "Samuel Green|Laura Smith|Ivan Horvat|Grace Kim|Thomas Reed|Fatima Ali|George Brown|Helen Moore|"
            "Oscar Lind|Paul Jensen|Ruth Baker|Victor Hugo Diaz|Wendy Clark"
        ),
        "organisations": _EN_ORGANISATIONS,
        "contractors": _EN_ORGANISATIONS,
        "projects": _split("""
            Riverside Storm Drain Separation
            Ring Road East Widening Phase 2
            Central Station Utility Tunnel
            Westfield Water Treatment Extension
            Old Town Bridge Strengthening
            Airport Link Resurfacing
        """),
        "locations": _split("""
            K0+620 north side
            K1+080 left lane
            Manhole 3
            Pipe W12 to W13
            Grid A / 3
            Basement level 1
            Block 2 floor 3
            East pit
            Pump house inlet
        """),
        "crews": _names("Pipe crew|Steel crew A|Steel crew B|Formwork|Concrete crew|Scaffolders|Survey team"),
        "machines": _names("Excavator PC200|Mobile crane 25t|Roller|Dump truck|Wheel loader ZL50|Concrete pump"),
        "materials": _names(
            "DN800 concrete pipe|HDPE pipe DN600|Portland cement 42.5|Rebar HRB400|Ready mix C30|Coarse sand|"
            "Crushed stone|Asphalt SBS|Manhole cover|Geotextile"
        ),
        "units": _names("m|m2|m3|t|kg|pcs|shift|set|ea"),
        "trades": _names("Pipe fitter|Steel fixer|Carpenter|Concreter|Electrician|Welder|Labourer|Surveyor"),
        "wind_directions": _names("East|South-east|South|West|North-west|North"),
    },
    sentences=_split("""
        Laid 42 m of DN800 pipe, water test passed
        Trench dug to design level, base is even
        Rebar fixed at 150 mm as drawn
        Poured 36 m3 of C30, slump 180 mm
        Backfill compacted in layers to 94.5 %
        Formwork firm, axis off by 3 mm
        Two fence panels missing on the north side
        Water seeps into the pit, sump added
        Crane limit switch failed, taken out of use
        Switch box was open, locked at once
        Pay as agreed in the contract
        Finance to check the labour cost
        One sample taken, number 20261118-03
        Light rain after noon, work stopped 2 hours
        Met the gas company about the main at K0+700
        Three test cubes cast, 28 days
        Workers without helmets were sent off
        Certificates and test reports are complete
        Joint step of 2 mm, within tolerance
        Four lamps added for the night shift
    """),
    words=_split("""
        OK
        Good
        Passed
        As drawn
        No defects
        Repaired
        None
        DN800
        Concrete C30
        Pipe laying
        Excavation
        Rebar fixing
        Water test
        Storm drain
        Drawing S-07
        EN 1992
        within 10 mm
    """),
)

WORLDS: Final[Mapping[str, World]] = {"zh-CN": _ZH, "en": _EN}
