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
    u"的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    u"而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些"
    u"与高意进把法此实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相"
    u"次东政海口使教西再平真听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立"
    u"马命张活难神数件安表原车白应路期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共"
    u"风战干接它许八特觉望直服毛林题建南度统色字请交爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快"
    u"条院变联言权往展该领传近留红治决周保达办运武半候七必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李"
    u"息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找友孩站广改议形委早房音火际则首单据导影失拿网香似斯"
    u"专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏吗吧啊哦嗯谢您哪晚饭睡买块钟星错码试线器端户输号需检查启停断温"
    u"，。？！、：；（）“”…");

constexpr auto kTraditional = sorted(
    u"的一是不了人我在有他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天"
    u"而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些"
    u"與高意進把法此實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相"
    u"次東政海口使教西再平真聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立"
    u"馬命張活難神數件安表原車白應路期叫死常提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台臺象記邊共"
    u"風戰幹接它許八特覺望直服毛林題建南度統色字請交愛讓認算論百吃義科怎元社術結六功指思非流每青管夫連遠資隊跟帶花快"
    u"條院變聯言權往展該領傳近留紅治決週保達辦運武半候七必城父強步完革深區即求品士轉量空甚眾技輕程告江語英基派滿式李"
    u"息寫呢識極令黃德收臉錢黨倒未持取設始版雙歷越史商千片容研像找友孩站廣改議形委早房音火際則首單據導影失拿網香似斯"
    u"專石若兵弟誰校讀志飛觀爭究包組造落視濟喜離雖壞嗎吧啊喔嗯謝您哪晚飯睡買塊鐘星錯碼試線器端戶輸號需檢查啟停斷溫"
    u"，。？！、：；（）「」…");

// Kana are known by their range; these are the kanji.
constexpr auto kJapanese = sorted(
    u"日一国会人年大十二本中長出三同時政事自行社見月分議後前民生連五発間対上部東者党地合市業内相方四定今回新場金員九"
    u"入選立開手米力学問高代明実円関決子動京全目表戦経通外最言氏現理調体化田当八六約主題下首意法不来作性的要用制治度"
    u"務強気小七成期公野協取都和統以機平総加山思家話世受区領多県続進正安設保改数記院女初北午指権心界支第産結百派点教"
    u"報済書府活原先共得解名交資予川向際査勝面委告軍文反元重近千考判認画海参売利組知案道信策集在件団別物側任引使求所"
    u"次水半品昨論計死官増係感特情投示変打男基私各始島直両朝革価式確村提運終果西勢減台広容必応演電歳住争談能無再位置"
    u"企真流格有疑口過局少放税検町常校料状工建語球営空職証土与急止送援供可役構木割聞身費付施切由説転食比難防補車優夫"
    u"研収断何南石足違消境神番規術護展態導備宅害配副算視条独警究育席楽起万着乗店残想線率病声質念待試族象域助例然早張"
    u"限親額環験追商葉義伝働形落担好退準辺造英被頭技低毎医復仕去味失移差個門写末守若極種美影命含福量望非観察整段型白"
    u"深字答夜製況音申様識注呼達願了承鯖器端末接続受信温駅晩飯眠嬉忙大丈夫、。！？「」・ー（）：");

constexpr auto kKorean = sorted(
    u"이다는의에가고을지한하기사리로은를도자서인시대어나아그수해정니일전라과있스제부상보주게여장들만적구원비조무교우으"
    u"동안성공오선유학내위신소계년경국생중회모면연방발화문미개용마러당관실명반물말통재진야람없거저분체양산행식금현것때"
    u"날간남외결감영합음입된될요습까됩했었았겠네데든씨님잘왜좋못같처럼세녕확메버와할뭐럼갈올려운직바너더또많먹밥집"
    u"약속늦괜찮죄송알겠습했어봐봤내일오늘어제지금언제누구어디무엇왜떻게렇그래서런데응답접속끊류오트터온도켜꺼"
    u"차래트크드프워타파카키토초추최특필하후휴월화수목금토번호름름본복북불빠빨쁘삼새색석설세션절점종좀줄준즉질집찰참"
    u"책처천청체출취치친칠침큰태택테투판편평포표품풍피항행향험형호혼활황효희력령론료루률르름릅릇린림립막매머먼멀며"
    u"몇몸박받밖배백벌법벽변별병밀던독돈돌된두둘뒤듯등따딸떠똑뜻란랑량각갑강값객걸검겨격견계곳교군굴권규균극근글급긴길"
    u"김깊"
    u"뿐써싸쓰심악앉않암압앞애액얘억언얼업에열염예완왔외욕움웃육율은읽임있작잔잠잡족존졸죠죽증징짜째쪽했혀ㅋㅎㅠ");

struct Row {
    std::string_view encoding;
    CharacterSet set;
};

template <std::size_t size>
constexpr CharacterSet as_set(const std::array<char16_t, size>& characters) {
    return {characters.data(), characters.size()};
}

constexpr Row kRows[] = {
    {"gbk", as_set(kSimplified)},     {"gb18030", as_set(kSimplified)}, {"big5", as_set(kTraditional)},
    {"shift_jis", as_set(kJapanese)}, {"euc-jp", as_set(kJapanese)},    {"iso-2022-jp", as_set(kJapanese)},
    {"euc-kr", as_set(kKorean)},
};

}  // namespace

CharacterSet common_characters(const Encoding& encoding) {
    for (const Row& row : kRows) {
        if (row.encoding == encoding.name) return row.set;
    }
    return {};
}

bool is_among(CharacterSet set, char32_t code_point) {
    return code_point < 0x10000 && std::binary_search(set.begin(), set.end(), static_cast<char16_t>(code_point));
}

}  // namespace earshot::text
