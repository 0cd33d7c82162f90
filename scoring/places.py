"""Names of places in China, and of a few cities that overseas posts name, for the facts of a text (S4: place, regions).

Only names that hardly mean anything else: 开封 (to open), 大理 (大理石), 三明 (三明治), 普洱, 哈密 and their like are left out.
"""

from __future__ import annotations

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 内蒙古 "
    "广西 西藏 宁夏 新疆 香港 澳门 台湾"
).split()
CITIES = {
    "河北": "石家庄 唐山 秦皇岛 邯郸 邢台 张家口 承德 沧州 廊坊 衡水 雄安", "山西": "太原 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁",
    "辽宁": "沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 葫芦岛", "吉林": "长春 四平 辽源 通化 松原 白城 延边 延吉",
    "黑龙江": "哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 绥化 大兴安岭",
    "江苏": "南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 昆山 江阴 常熟 张家港 江宁 滨湖",
    "浙江": "杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 义乌 慈溪 余姚 余杭 萧山 西湖区 滨江区 鄞州",
    "安徽": "合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 滁州 阜阳 宿州 六安 亳州 宣城",
    "福建": "福州 厦门 莆田 泉州 漳州 南平 龙岩 宁德 集美 晋江 石狮", "江西": "南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 宜春 上饶 红谷滩",
    "山东": "济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 临沂 德州 聊城 滨州 菏泽",
    "河南": "郑州 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店",
    "湖北": "武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 武昌 汉口 汉阳 光谷",
    "湖南": "长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西",
    "广东": "广州 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山市 潮州 揭阳 云浮 天河区 海珠 白云区 番禺 福田 南山区 宝安 "
    "龙岗 龙华区",
    "海南": "海口 三亚 三沙 儋州", "四川": "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 甘孜 凉山 华阳 武侯 锦江区 "
    "青羊区 金牛区 成华区",
    "贵州": "贵阳 六盘水 遵义 安顺 毕节 铜仁 黔东南 黔西南 黔南", "云南": "昆明 曲靖 玉溪 保山 昭通 丽江 临沧 西双版纳 红河州 德宏 瑞丽",
    "陕西": "西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 商洛 雁塔 碑林区", "甘肃": "兰州 嘉峪关 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏", "青海": "西宁 海东",
    "内蒙古": "呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 锡林郭勒", "广西": "南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 崇左",
    "西藏": "拉萨 日喀则 昌都 林芝 山南", "宁夏": "银川 石嘴山 吴忠 固原 中卫", "新疆": "乌鲁木齐 克拉玛依 吐鲁番 喀什 伊犁 阿克苏 和田 库尔勒 石河子",
    "北京": "朝阳区 海淀 丰台 东城区 西城区 通州 昌平 顺义 大兴区 房山 望京 中关村 国贸 三里屯 五道口 王府井",
    "上海": "浦东 闵行 徐汇 虹口 杨浦 静安 长宁区 普陀区 宝山区 松江 嘉定 青浦 奉贤 虹桥 陆家嘴 徐家汇", "重庆": "渝中 渝北 江北区 沙坪坝 九龙坡 南岸区 解放碑 江北机场",
    "天津": "和平区 滨海新区 南开区 塘沽", "香港": "九龙 旺角 铜锣湾 尖沙咀 中环", "台湾": "台北 新北 台中 台南 高雄 桃园市",
}  # fmt: skip
ENGLISH = {
    "上海": "shanghai pudong", "北京": "beijing", "广东": "shenzhen guangzhou", "浙江": "hangzhou ningbo", "四川": "chengdu",
    "江苏": "nanjing suzhou", "湖北": "wuhan", "陕西": "xi'an", "重庆": "chongqing", "天津": "tianjin", "福建": "xiamen",
    "香港": "hong kong hongkong kowloon", "台湾": "taipei kaohsiung", "": "singapore kuala-lumpur london new-york tokyo sydney",
}  # fmt: skip
_NO_PLACES = (
    "大连锁 普通化 平安顺 今天水 每天水 几天水 一天水 两天水 三天水 一定西 南阳台 滨江门店 盛大庆 四平方 四平米 四平八 指南通 大连续 中环保 海淀粉 三亚军 集美貌 集美丽 "
    "北海道 河南岸 中山装"
).split()
"""Words that hold the name of a place and mean something else."""


def _names() -> dict[str, str]:
    found = {p: p for p in PROVINCES}
    for province, cities in (*CITIES.items(), *ENGLISH.items()):
        for city in cities.split():
            found[city.replace("-", " ")] = province
    return found


_FOUND: dict[str, str | None] = _names() | dict.fromkeys(_NO_PLACES)
_PROVINCES = tuple(_FOUND.values())
_AUTOMATON = AhoCorasick(
    _FOUND, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA, store_patterns=False
)


def find_places(text: str) -> list[tuple[int, int, str]]:
    """(start, end, province) of every place named in a folded text, in order; "" = abroad."""
    return [
        (start, end, province)
        for number, start, end in _AUTOMATON.find_matches_as_indexes(text)
        if (province := _PROVINCES[number]) is not None
    ]
