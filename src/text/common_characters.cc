#include "text/common_characters.h"

#include <algorithm>
#include <array>

namespace earshot::text {
namespace {

// Sorted when the program is built, so that the lists can stand here as people write them.
template <std::size_t size>
constexpr auto sorted(const char16_t (&characters)[size]) {
    std::array<char16_t, size - 1> set{};
    std::copy(characters, characters + size - 1, set.begin());
    std::sort(set.begin(), set.end());
    return set;
}

constexpr auto kSimplified = sorted(
    u"的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而"
    u"能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高"
    u"意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政"
    u"海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活"
    u"难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它"
    u"许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权"
    u"往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄"
    u"德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读"
    u"志飞观争究包组造落视济喜离虽坏吗吧啊哦嗯谢您哪晚饭睡买块钟星错码试线器端户输号需检查启停断温，。？！、：；（）“"
    u"”…");

constexpr auto kTraditional = sorted(
    u"的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而"
    u"能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高"
    u"意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政"
    u"海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活"
    u"難神數件安表原車白應路期叫死常提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台臺象記邊共風戰幹接"
    u"它許八特覺望直服毛林題建南度統色字請交愛讓認算論百吃義科怎元社術結六功指思非流每青管夫連遠資隊跟帶花快條院變聯言"
    u"權往展該領傳近留紅治決週保達辦運武半候七必城父強步完革深區即求品士轉量空甚眾技輕程告江語英基派滿式李息寫呢識極令"
    u"黃德收臉錢黨倒未持取設始版雙歷越史商千片容研像找友孩站廣改議形委早房音火際則首單據導影失拿網香似斯專石若兵弟誰校"
    u"讀志飛觀爭究包組造落視濟喜離雖壞嗎吧啊喔嗯謝您哪晚飯睡買塊鐘星錯碼試線器端戶輸號需檢查啟停斷溫，。？！、：；（）"
    u"「」…測");

// Kana are known by their range; these are the kanji.
constexpr auto kJapanese = sorted(
    u"日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九入"
    u"選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度務強"
    u"気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教報済書"
    u"府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所次水半品"
    u"昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終果西勢減台広容必応演電歳住争談能無再位置企真流格有"
    u"疑口過局少放税検町常校料状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫研収断何南石"
    u"足違消境神番規術護展態導備宅害配副算視条独警究育席楽起万着乗店残想線率病声質念待試族象域助例然早張限親額環験追商"
    u"葉義伝働形落担好退準辺造英被頭技低毎医復仕去味失移差個門写末守若極種美影命含福量望非観察整段型白深字答夜製況音申"
    u"様識注呼達願了承鯖器端接温駅晩飯眠嬉忙丈、。！？「」・ー（）：");

constexpr auto kKorean = sorted(
    u"이다는을의에가고하지로한를기사도은어리나서아자해대시인수있그부정라것과보주제장일전게들만여상소오거니습신세면구스"
    u"원공무마없비조동성유우선생문안모내당말야위중화바때국경실적연회용관명물던음개까며되된될와러려르른미방분람살산속식"
    u"심알았었업행양배발번반박트터타토통특판편포표피필학할함합현형호환후히간감강같갔겠겨결계교군권금급길김날남너네년노"
    u"녀느능님단달더데돈두드등따또뜻란래량럼레력렇령론료류린림막많매먼머메목못민밀밖벌법변별복본봐북불빠새색석설쓰씨않"
    u"얼엄역열영예온완왜외요욕운울워월육으읽임입잘저절점접족존종좋죄죠준줄즈증직진집짜쪽차참찾책처천첫청체초최추출치크"
    u"큰키태테파평품프재됩했든녕확버뭐갈올먹밥약늦괜찮송봤늘언누디엇떻런응답끊켜꺼카휴름빨쁘삼션좀즉질찰취친칠침택투풍"
    u"항향험혼활황효희루률릅릇립멀몇몸받백벽병독돌둘뒤듯딸떠똑랑각갑값객걸검격견곳굴규균극근글긴깊뿐써싸악앉암압앞애액"
    u"얘억염왔움웃율작잔잠잡졸죽징째혀ㅋㅎㅠ몰깐");

struct Row {
    std::string_view encoding;
    CommonCharacters common;
};

template <std::size_t size>
constexpr std::u16string_view view(const std::array<char16_t, size>& characters) {
    return {characters.data(), characters.size()};
}

constexpr Row kRows[] = {
    {"gbk", {view(kSimplified)}},
    {"gb18030", {view(kSimplified)}},
    {"big5", {view(kTraditional)}},
    {"euc-kr", {view(kKorean)}},
    {"shift_jis", {view(kJapanese), true}},
    {"euc-jp", {view(kJapanese), true}},
    {"iso-2022-jp", {view(kJapanese), true}},
};

constexpr int kHiraganaScore = 10;
constexpr int kKatakanaScore = 5;
constexpr int kListedScore = 7;

}  // namespace

CommonCharacters common_characters(const Encoding& encoding) {
    for (const Row& row : kRows) {
        if (row.encoding == encoding.name) return row.common;
    }
    return {};
}

int common_score(const CommonCharacters& common, char32_t code_point) {
    if (common.kana && code_point >= 0x3041 && code_point <= 0x3093) return kHiraganaScore;
    if (common.kana && code_point >= 0x30A1 && code_point <= 0x30F6) return kKatakanaScore;
    const bool listed = code_point < 0x10000 && std::binary_search(common.characters.begin(), common.characters.end(),
                                                                   static_cast<char16_t>(code_point));
    return listed ? kListedScore : 0;
}

}  // namespace earshot::text
